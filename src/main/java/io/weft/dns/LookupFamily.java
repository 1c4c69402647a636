package io.weft.dns;

/** Which addresses of a name are wanted: {@code Cluster.DnsLookupFamily}. */
public enum LookupFamily {
  /** IPv6, and IPv4 where there is none. */
  AUTO,
  V4_ONLY,
  V6_ONLY,
  /** IPv4, and IPv6 where there is none. */
  V4_PREFERRED,
  /** Both. */
  ALL
}
