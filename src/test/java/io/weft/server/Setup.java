package io.weft.server;

import io.weft.carrier.PollerKind;

/** The ways to poll and to spread connections that tests of the whole proxy run with. */
enum Setup {
  EPOLL_ONE(PollerKind.EPOLL, 1),
  EPOLL_TWO(PollerKind.EPOLL, 2),
  NIO_ONE(PollerKind.NIO, 1),
  NIO_TWO(PollerKind.NIO, 2);

  private final PollerKind poller;
  private final int carriers;

  Setup(PollerKind poller, int carriers) {
    this.poller = poller;
    this.carriers = carriers;
  }

  /** A proxy that runs so. */
  TestProxy.Builder proxy(int... ports) {
    return TestProxy.to(ports).carriers(carriers, poller);
  }
}
