package io.weft.upstream;

import io.weft.cluster.Endpoint;

/** What a try wants of the endpoint it goes to. Per stream and on its thread. */
public interface HostChoice {
  /** Any endpoint will do. */
  HostChoice ANY = new HostChoice() {};

  /** A choice by hash. */
  record Hashed(long hash) implements HostChoice {
    @Override
    public boolean isHashed() {
      return true;
    }
  }

  /** Whether there is a hash that decides in clusters that look at hashes. */
  default boolean isHashed() {
    return false;
  }

  /** What requests that belong together have in common. */
  default long hash() {
    return 0;
  }

  /** Which pick it is for this request, from 0: a hash alone would lead to the same endpoint. */
  default int picked() {
    return 0;
  }

  /** How many picks are made for an endpoint that is not avoided. */
  default int picks() {
    return 1;
  }

  /** Whether another endpoint is taken if there is one. */
  default boolean avoids(Endpoint endpoint) {
    return false;
  }

  /** The priorities that are left out if others can take the load, a bit for each. */
  default long avoidedPriorities() {
    return 0;
  }

  /** Nobody but those of the avoided priorities could take the load. */
  default void noOtherPriority() {}

  /** The try goes to this endpoint. */
  default void taken(Endpoint endpoint) {}
}
