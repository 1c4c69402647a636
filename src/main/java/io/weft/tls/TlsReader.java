package io.weft.tls;

import com.google.re2j.Pattern;
import io.weft.schema.Message;
import io.weft.schema.NearestName;
import io.weft.schema.Problems;
import io.weft.schema.Values;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads Envoy's TLS contexts. What is wrong is reported with its place; no value of a key is. */
final class TlsReader {
  private static final int SHA256_HEX = 64;

  private final Map<String, Message> secrets;
  private final Problems problems;
  private final boolean edge;
  private boolean failed;

  /** A reader of contexts that may name these secrets. */
  TlsReader(Map<String, Message> secrets, Problems problems, boolean edge) {
    this.secrets = secrets;
    this.problems = problems;
    this.edge = edge;
  }

  /** A {@code DownstreamTlsContext}; null when something was reported. */
  @Nullable ServerTlsConfig server(Message context) {
    Message common = common(context);
    List<IdentitySource> identities = identities(common, true);
    if (identities.isEmpty() && !failed) {
      error(context, "common_tls_context", "no tls_certificates (expected: at least 1)");
    }
    VerificationSource verification = verification(common);
    boolean required = context.bool("require_client_certificate");
    if (required && edge && !asks(verification) && !verification.rest().acceptUntrusted()) {
      error(
          context,
          "require_client_certificate",
          "nothing to check the certificate against (expected: trusted_ca or a pin in"
              + " validation_context, or trust_chain_verification: ACCEPT_UNTRUSTED)");
    }
    var config =
        new ServerTlsConfig(
            parameters(common, List.of()),
            identities,
            verification,
            required,
            context.bool("require_sni"),
            resumption(context));
    return failed ? null : config;
  }

  /**
   * An {@code UpstreamTlsContext}; null when something was reported.
   *
   * @param protocols offered by ALPN where the context names none
   */
  @Nullable ClientTlsConfig client(Message context, List<String> protocols) {
    Message common = common(context);
    List<IdentitySource> identities = identities(common, false);
    if (identities.size() > 1) {
      error(common, "tls_certificates", identities.size() + " (expected: at most 1 for a cluster)");
    }
    VerificationSource verification = verification(common);
    boolean trusts = verification.trustedCa().isSet() || verification.systemRoots();
    if (edge
        && !trusts
        && !verification.rest().isPinned()
        && !verification.rest().acceptUntrusted()) {
      error(
          common,
          "validation_context",
          "no trusted_ca and no pin: anybody could be the endpoint (expected: one of them, or"
              + " trust_chain_verification: ACCEPT_UNTRUSTED)");
    }
    var config =
        new ClientTlsConfig(
            parameters(common, protocols),
            identities.isEmpty() ? null : identities.getFirst(),
            verification,
            context.string("sni"),
            context.bool("auto_host_sni"),
            context.bool("auto_sni_san_validation"),
            context.integer("max_session_keys", 1) > 0);
    return failed ? null : config;
  }

  private static boolean asks(VerificationSource source) {
    return source.trustedCa().isSet() || source.systemRoots() || source.rest().asksForSomething();
  }

  private Message common(Message context) {
    Message common = context.message("common_tls_context");
    return common == null ? context : common;
  }

  /** Whether there is a {@code common_tls_context} at all. */
  private static boolean isCommon(Message common) {
    return common.messageType().field("tls_params") != null;
  }

  private void error(Message at, String field, String text) {
    failed = true;
    problems.error(at.place(field), text);
  }

  // parameters

  private TlsParameters parameters(Message common, List<String> protocolsIfNone) {
    Message params = isCommon(common) ? common.message("tls_params") : null;
    List<String> named = isCommon(common) ? common.strings("alpn_protocols") : List.of();
    List<String> protocols = named.isEmpty() ? protocolsIfNone : named;
    if (params == null) {
      return new TlsParameters(
          List.of(TlsParameters.TLS_1_2, TlsParameters.TLS_1_3), List.of(), List.of(), protocols);
    }
    return new TlsParameters(
        versions(params),
        params.strings("cipher_suites"),
        params.strings("ecdh_curves"),
        protocols);
  }

  private List<String> versions(Message params) {
    int from = version(params, "tls_minimum_protocol_version", 2);
    int to = version(params, "tls_maximum_protocol_version", 3);
    if (from > to) {
      error(params, "tls_minimum_protocol_version", "more than tls_maximum_protocol_version");
      return List.of();
    }
    List<String> versions = new ArrayList<>();
    if (from <= 2) {
      versions.add(TlsParameters.TLS_1_2);
    }
    if (to >= 3) {
      versions.add(TlsParameters.TLS_1_3);
    }
    return versions;
  }

  private int version(Message params, String field, int ifAuto) {
    return switch (params.enumName(field)) {
      case "TLSv1_2" -> 2;
      case "TLSv1_3" -> 3;
      case "TLS_AUTO" -> ifAuto;
      default -> {
        error(
            params,
            field,
            params.enumName(field) + " is broken and not offered (expected: TLSv1_2 or TLSv1_3)");
        yield ifAuto;
      }
    };
  }

  private ServerTlsConfig.Resumption resumption(Message context) {
    List<DataSource> keys = new ArrayList<>();
    Message ticketKeys = context.message("session_ticket_keys");
    if (ticketKeys == null) {
      ticketKeys =
          secret(context.message("session_ticket_keys_sds_secret_config"), "session_ticket_keys");
    }
    if (ticketKeys != null) {
      for (Message key : ticketKeys.messages("keys")) {
        DataSource secret = source(key);
        checkSecret(ticketKeys, "keys", secret);
        keys.add(secret);
      }
    }
    Duration timeout = context.duration("session_timeout");
    return new ServerTlsConfig.Resumption(
        !context.bool("disable_stateless_session_resumption"),
        !context.bool("disable_stateful_session_resumption"),
        keys,
        timeout == null
            ? ServerTlsConfig.Resumption.DEFAULT_TIMEOUT_SECONDS
            : Math.clamp(timeout.toSeconds(), 1, Integer.MAX_VALUE));
  }

  // certificates

  /**
   * The certificates of a context.
   *
   * @param staples whether it is a server's, which shows OCSP responses; a client shows none
   */
  private List<IdentitySource> identities(Message common, boolean staples) {
    List<IdentitySource> identities = new ArrayList<>();
    if (!isCommon(common)) {
      return identities;
    }
    List<Message> certificates = new ArrayList<>(common.messages("tls_certificates"));
    for (Message named : common.messages("tls_certificate_sds_secret_configs")) {
      Message certificate = secret(named, "tls_certificate");
      if (certificate != null) {
        certificates.add(certificate);
      }
    }
    for (Message certificate : certificates) {
      DataSource chain = source(certificate.message("certificate_chain"));
      DataSource key = source(certificate.message("private_key"));
      DataSource pkcs12 = source(certificate.message("pkcs12"));
      if (pkcs12.isSet() && (chain.isSet() || key.isSet())) {
        error(certificate, "pkcs12", "given beside certificate_chain or private_key");
      } else if (!pkcs12.isSet() && !(chain.isSet() && key.isSet())) {
        error(
            certificate,
            chain.isSet() ? "private_key" : "certificate_chain",
            "missing (expected: certificate_chain with private_key, or pkcs12)");
      } else {
        if (!staples && certificate.has("ocsp_staple")) {
          problems.warn(
              certificate.place("ocsp_staple"),
              "not read, since a client shows no OCSP response (expected: in the context of a"
                  + " listener)");
        }
        DataSource password = source(certificate.message("password"));
        checkSecret(certificate, "private_key", key);
        checkSecret(certificate, "pkcs12", pkcs12);
        checkSecret(certificate, "password", password);
        identities.add(
            new IdentitySource(
                chain,
                key,
                pkcs12,
                password,
                staples ? source(certificate.message("ocsp_staple")) : DataSource.NONE));
      }
    }
    return identities;
  }

  /** Security bar O2. A warning only: a secret that Kubernetes mounts has such a mode. */
  private void checkSecret(Message at, String field, DataSource secret) {
    if (secret.isReadableByOthers()) {
      problems.warn(
          at.place(field), secret + ": others than its owner may read it (expected: mode 0600)");
    }
  }

  /** What the secret of that name holds; null, after an error, if it does not. */
  private @Nullable Message secret(@Nullable Message named, String kind) {
    if (named == null) {
      return null;
    }
    String name = named.string("name");
    Message secret = secrets.get(name);
    if (secret == null) {
      error(named, "name", "no secret '" + name + "'" + NearestName.hint(name, secrets.keySet()));
      return null;
    }
    Message content = secret.message(kind);
    if (content == null) {
      error(
          named,
          "name",
          "the secret '" + name + "' holds " + secret.oneof("type") + " (expected: " + kind + ")");
    }
    return content;
  }

  private static DataSource source(@Nullable Message source) {
    String which = source == null ? null : source.oneof("specifier");
    if (source == null || which == null) {
      return DataSource.NONE;
    }
    return switch (which) {
      case "filename" -> DataSource.file(Path.of(source.string("filename")));
      case "inline_bytes" -> DataSource.inline(source.bytes("inline_bytes"));
      default -> DataSource.inline(source.string(which).getBytes(StandardCharsets.UTF_8));
    };
  }

  // verification

  /** What {@code common_tls_context} says of the peer, itself, by a secret's name, or by both. */
  private VerificationSource verification(Message common) {
    if (!isCommon(common)) {
      return VerificationSource.NONE;
    }
    Message combined = common.message("combined_validation_context");
    if (combined != null) {
      Message named =
          secret(combined.message("validation_context_sds_secret_config"), "validation_context");
      return verification(combined.message("default_validation_context"), named);
    }
    Message named =
        secret(common.message("validation_context_sds_secret_config"), "validation_context");
    return verification(common.message("validation_context"), named);
  }

  /** The two in one: what the second says comes before the first, and lists are put together. */
  private VerificationSource verification(@Nullable Message first, @Nullable Message second) {
    VerificationSource both = verificationOf(first).with(verificationOf(second));
    Message last = second == null ? first : second;
    if (last != null
        && !both.rest().names().isEmpty()
        && !both.trustedCa().isSet()
        && !both.systemRoots()) {
      error(
          last,
          "match_typed_subject_alt_names",
          "without trusted_ca anybody can make such a certificate (expected: trusted_ca)");
    }
    return both;
  }

  private VerificationSource verificationOf(@Nullable Message context) {
    if (context == null) {
      return VerificationSource.NONE;
    }
    List<SanMatch> names = new ArrayList<>();
    for (Message typed : context.messages("match_typed_subject_alt_names")) {
      Message matcher = typed.message("matcher");
      if (matcher != null) {
        add(names, kind(typed), matcher);
      }
    }
    for (Message matcher : context.messages("match_subject_alt_names")) {
      for (CertificateNames.Kind kind : CertificateNames.Kind.values()) {
        add(names, kind, matcher);
      }
    }
    boolean untrusted = context.enumName("trust_chain_verification").equals("ACCEPT_UNTRUSTED");
    DataSource ca = source(context.message("trusted_ca"));
    boolean system = context.message("system_root_certs") != null;
    return new VerificationSource(
        ca,
        system,
        source(context.message("crl")),
        new Verification(
            List.of(),
            List.of(),
            context.bool("only_verify_leaf_cert_crl"),
            hashes(context),
            keys(context),
            names,
            context.bool("allow_expired_certificate"),
            untrusted,
            (int)
                Math.min(
                    Integer.MAX_VALUE,
                    context.integer("max_verify_depth", Verification.DEFAULT_DEPTH))));
  }

  private CertificateNames.Kind kind(Message typed) {
    return switch (typed.enumName("san_type")) {
      case "EMAIL" -> CertificateNames.Kind.EMAIL;
      case "DNS" -> CertificateNames.Kind.DNS;
      case "URI" -> CertificateNames.Kind.URI;
      case "IP_ADDRESS" -> CertificateNames.Kind.IP_ADDRESS;
      default -> {
        error(
            typed,
            "san_type",
            typed.enumName("san_type") + " (expected: EMAIL, DNS, URI, IP_ADDRESS)");
        yield CertificateNames.Kind.DNS;
      }
    };
  }

  private void add(List<SanMatch> to, CertificateNames.Kind kind, Message matcher) {
    String which = matcher.oneof("match_pattern");
    boolean ignoreCase = matcher.bool("ignore_case");
    if (which == null) {
      error(matcher, "match_pattern", "must be set");
      return;
    }
    if (which.equals("safe_regex")) {
      Message regex = matcher.required("safe_regex");
      to.add(new SanMatch(kind, SanMatch.Form.REGEX, regex.string("regex"), false, pattern(regex)));
      return;
    }
    String value = matcher.string(which);
    if (kind == CertificateNames.Kind.IP_ADDRESS
        && which.equals("exact")
        && Values.ipAddress(value) == null) {
      return; // of another kind, where all kinds are asked
    }
    to.add(
        new SanMatch(
            kind, SanMatch.Form.valueOf(which.toUpperCase(Locale.ROOT)), value, ignoreCase, null));
  }

  private @Nullable Pattern pattern(Message regex) {
    try {
      return Pattern.compile(regex.string("regex"));
    } catch (com.google.re2j.PatternSyntaxException e) {
      error(regex, "regex", "no regular expression: " + e.getDescription());
      return null;
    }
  }

  private Set<String> hashes(Message context) {
    Set<String> hashes = new HashSet<>();
    for (String hash : context.strings("verify_certificate_hash")) {
      String plain = hash.replace(":", "").toLowerCase(Locale.ROOT);
      if (plain.length() != SHA256_HEX
          || !plain.chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
        error(
            context,
            "verify_certificate_hash",
            "\"" + hash + "\" (expected: 64 hexadecimal digits, colons allowed)");
      }
      hashes.add(plain);
    }
    return hashes;
  }

  private Set<String> keys(Message context) {
    Set<String> keys = new HashSet<>();
    for (String key : context.strings("verify_certificate_spki")) {
      try {
        if (Base64.getDecoder().decode(key).length == SHA256_HEX / 2) {
          keys.add(key);
          continue;
        }
      } catch (IllegalArgumentException e) {
        // reported below
      }
      error(context, "verify_certificate_spki", "\"" + key + "\" (expected: a SHA-256 in base64)");
    }
    return keys;
  }
}
