package io.weft.tls;

import io.weft.net.Security;
import io.weft.stats.Counter;
import io.weft.stats.Scope;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The statistics of handshakes, under {@code ssl.} of a listener or cluster, Envoy's names. */
final class SslStats {
  final Counter connectionError;
  final Counter handshake;
  final Counter sessionReused;
  final Counter noCertificate;
  final Counter failVerifyNoCert;
  final Counter failVerifyError;
  final Counter failVerifySan;
  final Counter failVerifyCertHash;
  final Counter contextUpdate;
  final Counter contextUpdateFailure;
  private final Scope scope;
  private final Map<String, Counter> agreed = new ConcurrentHashMap<>();

  SslStats(Scope of) {
    scope = of.scope("ssl");
    connectionError = scope.counter("connection_error");
    handshake = scope.counter("handshake");
    sessionReused = scope.counter("session_reused");
    noCertificate = scope.counter("no_certificate");
    failVerifyNoCert = scope.counter("fail_verify_no_cert");
    failVerifyError = scope.counter("fail_verify_error");
    failVerifySan = scope.counter("fail_verify_san");
    failVerifyCertHash = scope.counter("fail_verify_cert_hash");
    contextUpdate = scope.counter("context_update");
    contextUpdateFailure = scope.counter("context_update_failure");
  }

  void established(Security with) {
    handshake.inc();
    if (with.resumed()) {
      sessionReused.inc();
    }
    if (with.peerCertificates().isEmpty()) {
      noCertificate.inc();
    }
    count("versions.", with.version());
    count("ciphers.", with.cipher());
    count("curves.", with.group());
  }

  private void count(String kind, String what) {
    if (!what.isEmpty()) {
      agreed.computeIfAbsent(kind + what, scope::counter).inc();
    }
  }

  void failed(TlsException e) {
    VerifyFailure failure = e.verifyFailure();
    if (failure == null) {
      (e.isNoCertificate() ? failVerifyNoCert : connectionError).inc();
      return;
    }
    switch (failure.kind()) {
      case CHAIN -> failVerifyError.inc();
      case NAME -> failVerifySan.inc();
      case PIN -> failVerifyCertHash.inc();
    }
  }
}
