package io.weft.upstream;

import io.weft.cluster.CircuitBreakers;
import io.weft.cluster.Permits;
import java.util.concurrent.atomic.AtomicInteger;

/** One carrier's hold on the circuit breakers of one priority of a cluster. */
final class BreakerLeases {
  final Permits.Lease connections;
  final Permits.Lease pendingRequests;
  final Permits.Lease requests;

  /** How many threads of all carriers wait for a connection; shared by the carriers. */
  final AtomicInteger waiting;

  private final CircuitBreakers breakers;

  BreakerLeases(CircuitBreakers breakers, AtomicInteger waiting) {
    this.breakers = breakers;
    this.waiting = waiting;
    this.connections = breakers.connections().lease();
    this.pendingRequests = breakers.pendingRequests().lease();
    this.requests = breakers.requests().lease();
  }

  /** Takes the permit of a connection although none may be left. */
  void connectionsBeyondLimit() {
    breakers.connections().acquireBeyondLimit();
  }
}
