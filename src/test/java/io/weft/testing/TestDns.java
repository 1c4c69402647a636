package io.weft.testing;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A name server on a port of 127.0.0.1, over UDP and TCP, that says what a test tells it to. */
public final class TestDns implements AutoCloseable {
  private final DatagramSocket udp;
  private final ServerSocket tcp;
  private final Map<String, Zone> names = new ConcurrentHashMap<>();
  private final AtomicInteger queries = new AtomicInteger();
  private final AtomicInteger overTcp = new AtomicInteger();

  /**
   * What is said of a name: addresses or an alias, with a time to live; or a failure; or nothing.
   */
  private record Zone(List<String> addresses, String alias, long ttl, int rcode, boolean silent) {}

  private TestDns(DatagramSocket udp, ServerSocket tcp) {
    this.udp = udp;
    this.tcp = tcp;
  }

  public static TestDns start() {
    try {
      InetAddress here = InetAddress.getLoopbackAddress();
      while (true) {
        var udp = new DatagramSocket(0, here);
        try {
          var server = new TestDns(udp, new ServerSocket(udp.getLocalPort(), 50, here));
          Thread.ofPlatform().daemon().name("test-dns-udp").start(server::serveUdp);
          Thread.ofPlatform().daemon().name("test-dns-tcp").start(server::serveTcp);
          return server;
        } catch (IOException e) {
          udp.close(); // somebody else has that port for TCP
        }
      }
    } catch (SocketException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int port() {
    return udp.getLocalPort();
  }

  /** The name has these addresses, of either family. */
  public TestDns says(String name, long ttl, String... addresses) {
    names.put(name, new Zone(Arrays.asList(addresses), "", ttl, Rcode.NOERROR, false));
    return this;
  }

  /** The name is another one's alias. */
  public TestDns alias(String name, String target) {
    names.put(name, new Zone(List.of(), target, 60, Rcode.NOERROR, false));
    return this;
  }

  /** The name is answered with this code: {@code Rcode.SERVFAIL}. */
  public TestDns fails(String name, int rcode) {
    names.put(name, new Zone(List.of(), "", 0, rcode, false));
    return this;
  }

  /** Queries for the name get no answer. */
  public TestDns ignores(String name) {
    names.put(name, new Zone(List.of(), "", 0, 0, true));
    return this;
  }

  /** How many queries have come. */
  public int queries() {
    return queries.get();
  }

  /** How many of them over TCP. */
  public int overTcp() {
    return overTcp.get();
  }

  private void serveUdp() {
    var bytes = new byte[4096];
    while (!udp.isClosed()) {
      try {
        var packet = new DatagramPacket(bytes, bytes.length);
        udp.receive(packet);
        byte[] answer = answer(Arrays.copyOf(bytes, packet.getLength()), 512);
        if (answer.length > 0) {
          udp.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
        }
      } catch (IOException e) {
        // closed by the test, or a client that is gone
      }
    }
  }

  private void serveTcp() {
    while (!tcp.isClosed()) {
      try (var socket = tcp.accept()) {
        overTcp.incrementAndGet();
        var in = new DataInputStream(socket.getInputStream());
        var query = new byte[in.readUnsignedShort()];
        in.readFully(query);
        byte[] answer = answer(query, 65535);
        var out = new DataOutputStream(socket.getOutputStream());
        out.writeShort(answer.length);
        out.write(answer);
        out.flush();
        in.read();
      } catch (IOException e) {
        // closed by the test, or a client that is gone
      }
    }
  }

  private byte[] answer(byte[] bytes, int most) throws IOException {
    queries.incrementAndGet();
    var query = new Message(bytes);
    Record question = query.getQuestion();
    var answer = new Message(query.getHeader().getID());
    answer.getHeader().setFlag(Flags.QR);
    answer.getHeader().setFlag(Flags.RA);
    answer.addRecord(question, Section.QUESTION);
    Name name = question.getName();
    while (true) {
      Zone zone = names.get(name.toString(true));
      if (zone == null) {
        answer.getHeader().setRcode(Rcode.NXDOMAIN);
        break;
      }
      if (zone.silent()) {
        return new byte[0];
      }
      answer.getHeader().setRcode(zone.rcode());
      for (String address : zone.addresses()) {
        InetAddress literal = InetAddress.ofLiteral(address);
        boolean v6 = address.indexOf(':') >= 0;
        if (question.getType() == (v6 ? Type.AAAA : Type.A)) {
          answer.addRecord(
              v6
                  ? new AAAARecord(name, DClass.IN, zone.ttl(), literal)
                  : new ARecord(name, DClass.IN, zone.ttl(), literal),
              Section.ANSWER);
        }
      }
      if (zone.alias().isEmpty()) {
        break;
      }
      Name target = Name.fromString(zone.alias(), Name.root);
      answer.addRecord(new CNAMERecord(name, DClass.IN, zone.ttl(), target), Section.ANSWER);
      name = target;
    }
    return answer.toWire(most);
  }

  @Override
  public void close() throws IOException {
    udp.close();
    tcp.close();
  }
}
