/**
 * Host names to addresses: queries to name servers, the hosts file, and clusters whose members DNS
 * names. The only user of dnsjava, which does its I/O on a thread of its own.
 *
 * <p>No lookup runs on a carrier: {@code getaddrinfo} would stop one. Lookups block threads of the
 * resolver's pool; what they find is published as an immutable set of endpoints. Carriers only ask
 * {@code DnsCache} what it knows.
 */
@NullMarked
package io.weft.dns;

import org.jspecify.annotations.NullMarked;
