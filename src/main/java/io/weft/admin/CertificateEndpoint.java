package io.weft.admin;

import io.weft.tls.CertificateFacts;
import io.weft.tls.CertificateNames;
import io.weft.tls.CertificateNames.Kind;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code /certs}: the certificates in force, as {@code envoy.admin.v3.Certificates}. */
final class CertificateEndpoint {
  private final AdminSources sources;

  CertificateEndpoint(AdminSources sources) {
    this.sources = sources;
  }

  Endpoint endpoint() {
    return Endpoint.shows("/certs", "print certs on machine", this::certificates);
  }

  private Reply certificates(Query query) {
    List<Map<String, Object>> all = new ArrayList<>();
    for (CertificateFacts facts : sources.certificates()) {
      var one = new LinkedHashMap<String, Object>();
      one.put("ca_cert", list(facts.trusted(), facts.trustedFrom()));
      one.put("cert_chain", list(facts.chain(), facts.chainFrom()));
      all.add(one);
    }
    return Reply.json(Map.of("certificates", all));
  }

  private static List<Map<String, Object>> list(List<X509Certificate> of, String path) {
    List<Map<String, Object>> list = new ArrayList<>();
    for (X509Certificate certificate : of) {
      list.add(details(certificate, path));
    }
    return list;
  }

  private static Map<String, Object> details(X509Certificate certificate, String path) {
    Instant until = certificate.getNotAfter().toInstant();
    var details = new LinkedHashMap<String, Object>();
    details.put("path", path);
    details.put("serial_number", CertificateNames.serial(certificate));
    List<Map<String, String>> names = new ArrayList<>();
    CertificateNames.alternative(certificate, Kind.DNS)
        .forEach(name -> names.add(Map.of("dns", name)));
    CertificateNames.alternative(certificate, Kind.URI)
        .forEach(name -> names.add(Map.of("uri", name)));
    CertificateNames.alternative(certificate, Kind.IP_ADDRESS)
        .forEach(name -> names.add(Map.of("ip_address", name)));
    details.put("subject_alt_names", names);
    details.put(
        "days_until_expiration",
        Long.toString(Math.max(0, Duration.between(Instant.now(), until).toDays())));
    details.put("valid_from", certificate.getNotBefore().toInstant().toString());
    details.put("expiration_time", until.toString());
    return details;
  }
}
