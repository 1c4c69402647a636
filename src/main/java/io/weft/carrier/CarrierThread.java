package io.weft.carrier;

/** The platform thread that works for a carrier. The carrier's identity is the object, not this. */
final class CarrierThread extends Thread {
  final Carrier carrier;

  CarrierThread(Carrier carrier) {
    super(null, carrier::run, "carrier-" + carrier.index(), 0, false);
    this.carrier = carrier;
    setDaemon(true);
  }
}
