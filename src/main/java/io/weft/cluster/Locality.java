package io.weft.cluster;

/** Where an endpoint runs; empty texts where nothing was said. */
public record Locality(String region, String zone, String subZone) {
  public static final Locality NONE = new Locality("", "", "");
}
