package io.weft.tls;

import io.weft.net.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The first message of a TLS client, as far as it decides what answers it (RFC 8446 4.1.2).
 * Immutable.
 *
 * @param serverName what SNI asks for, in lower case and without a final dot; empty for nothing
 * @param protocols what ALPN offers, in the client's order
 * @param tls13 whether the client offers TLS 1.3
 * @param ecdsa whether the client takes a certificate with an ECDSA key
 */
public record ClientHello(String serverName, List<String> protocols, boolean tls13, boolean ecdsa) {
  /** The most bytes that are looked at (security bar R1). */
  public static final int MAX_BYTES = 16 * 1024;

  private static final int HANDSHAKE = 22;
  private static final int CLIENT_HELLO = 1;
  private static final int SERVER_NAME = 0;
  private static final int SIGNATURE_ALGORITHMS = 13;
  private static final int ALPN = 16;
  private static final int SUPPORTED_VERSIONS = 43;
  private static final int TLS_1_3 = 0x0304;

  /** What a look at the first bytes has shown. */
  public enum Look {
    /** They may be the beginning of one. */
    MORE,
    /** They are none. */
    NOT_TLS,
    /** It does not end within {@link #MAX_BYTES}. */
    TOO_LARGE,
    /** It is here. */
    WHOLE
  }

  /** Whether the readable bytes hold a whole message. Looks at the lengths only. */
  public static Look look(Buffer in) {
    return look(in, null);
  }

  /** The message; {@link #look} has said that it is whole. Null if it is malformed. */
  public static @Nullable ClientHello parse(Buffer in) {
    var message = new byte[Math.min(in.readable(), MAX_BYTES)];
    return look(in, message) == Look.WHOLE ? new Parser(message).hello() : null;
  }

  /** Joins the fragments of the records into {@code message}, where it is given. */
  private static Look look(Buffer in, byte @Nullable [] message) {
    int at = in.start;
    int have = 0;
    int length = -1;
    while (true) {
      int there = in.end - at;
      if (there > 0 && in.at(at) != HANDSHAKE || there > 1 && in.at(at + 1) != 3) {
        return Look.NOT_TLS;
      }
      if (there < 5) {
        return at - in.start + 5 > MAX_BYTES ? Look.TOO_LARGE : Look.MORE;
      }
      int record = u16(in, at + 3);
      if (record == 0 || record > MAX_BYTES) {
        return Look.NOT_TLS;
      }
      at += 5;
      if (have == 0 && there > 5 && in.at(at) != CLIENT_HELLO) {
        return Look.NOT_TLS;
      }
      int here = Math.min(record, in.end - at);
      if (length < 0 && have + here >= 4) {
        length = 4 + length(in, at, have);
        if (length + 5 > MAX_BYTES) {
          return Look.TOO_LARGE;
        }
      }
      int wanted = length < 0 ? here : Math.min(here, length - have);
      if (message != null && wanted > 0) {
        in.copyOut(at, message, have, wanted);
      }
      have += wanted;
      if (length >= 0 && have == length) {
        return Look.WHOLE;
      }
      if (here < record) {
        return at + record - in.start > 2 * MAX_BYTES ? Look.TOO_LARGE : Look.MORE;
      }
      at += record;
      if (at - in.start > MAX_BYTES) {
        return Look.TOO_LARGE;
      }
    }
  }

  /** The three bytes of the length; a fragment of fewer than four bytes is not worth support. */
  private static int length(Buffer in, int at, int have) {
    if (have > 0) {
      return MAX_BYTES;
    }
    return (in.at(at + 1) & 0xff) << 16 | u16(in, at + 2);
  }

  private static int u16(Buffer in, int at) {
    return (in.at(at) & 0xff) << 8 | in.at(at + 1) & 0xff;
  }

  /** Reads the joined message. */
  private static final class Parser {
    private final byte[] bytes;
    private final int end;
    private int at = 4;
    private String serverName = "";
    private final List<String> protocols = new ArrayList<>();
    private boolean tls13;
    private boolean ecdsa;

    Parser(byte[] bytes) {
      this.bytes = bytes;
      end = 4 + ((bytes[1] & 0xff) << 16 | u16(2));
    }

    @Nullable ClientHello hello() {
      return read() ? new ClientHello(serverName, List.copyOf(protocols), tls13, ecdsa) : null;
    }

    private int u16(int index) {
      return (bytes[index] & 0xff) << 8 | bytes[index + 1] & 0xff;
    }

    private boolean read() {
      at += 2 + 32;
      if (!skip(1) || !skip(2) || !skip(1)) {
        return false;
      }
      if (at == end) {
        return true; // no extensions: TLS 1.2 allows it
      }
      if (at + 2 > end || at + 2 + u16(at) != end) {
        return false;
      }
      at += 2;
      while (at < end) {
        if (at + 4 > end) {
          return false;
        }
        int type = u16(at);
        int length = u16(at + 2);
        at += 4;
        if (at + length > end || !extension(type, at, at + length)) {
          return false;
        }
        at += length;
      }
      return true;
    }

    /** Over a vector whose length has that many bytes. */
    private boolean skip(int lengthBytes) {
      if (at + lengthBytes > end) {
        return false;
      }
      at += lengthBytes + (lengthBytes == 1 ? bytes[at] & 0xff : u16(at));
      return at <= end;
    }

    private boolean extension(int type, int from, int until) {
      return switch (type) {
        case SERVER_NAME -> serverName(from, until);
        case ALPN -> alpn(from, until);
        case SIGNATURE_ALGORITHMS -> signatures(from, until);
        case SUPPORTED_VERSIONS -> versions(from, until);
        default -> true;
      };
    }

    private boolean serverName(int from, int until) {
      // RFC 6066 3: a list, of which only host names are defined, and one of each type
      if (until - from < 5 || from + 2 + u16(from) != until || bytes[from + 2] != 0) {
        return false;
      }
      int length = u16(from + 3);
      if (length == 0 || from + 5 + length != until || !serverName.isEmpty()) {
        return false;
      }
      for (int i = from + 5; i < until; i++) {
        if (bytes[i] <= ' ' || bytes[i] == 127) {
          return false; // a control character or NUL, or no ASCII
        }
      }
      int last = bytes[until - 1] == '.' ? length - 1 : length;
      serverName =
          new String(bytes, from + 5, last, StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
      return true;
    }

    private boolean alpn(int from, int until) {
      if (until - from < 2 || from + 2 + u16(from) != until) {
        return false;
      }
      for (int i = from + 2; i < until; ) {
        int length = bytes[i] & 0xff;
        if (length == 0 || i + 1 + length > until) {
          return false;
        }
        protocols.add(new String(bytes, i + 1, length, StandardCharsets.ISO_8859_1));
        i += 1 + length;
      }
      return true;
    }

    private boolean signatures(int from, int until) {
      if (until - from < 2 || from + 2 + u16(from) != until) {
        return false;
      }
      for (int i = from + 2; i + 1 < until; i += 2) {
        int scheme = u16(i);
        ecdsa |= scheme == 0x0403 || scheme == 0x0503 || scheme == 0x0603;
      }
      return true;
    }

    private boolean versions(int from, int until) {
      if (until - from < 3 || from + 1 + (bytes[from] & 0xff) != until) {
        return false;
      }
      for (int i = from + 1; i + 1 < until; i += 2) {
        tls13 |= u16(i) == TLS_1_3;
      }
      return true;
    }
  }
}
