package io.sluice.sim;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.sluice.certs.Identity;
import io.sluice.certs.IdentityFolder;
import io.sluice.certs.PemFiles;
import io.sluice.sim.SimExit.WrongUsage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What all modes of the bench ask for: which broker, how to reach it, what to print. */
final class BenchOptions {
  private static final Pattern OPEN_FILES = Pattern.compile("Max open files\\s+(\\d+)");
  private static final int OTHER_FILES = 200;
  private static final int THREADS_MAX = 64;

  @Option(names = "--host", defaultValue = "127.0.0.1", description = "Default: ${DEFAULT-VALUE}.")
  private String host = "127.0.0.1";

  @Option(names = "--port", description = "Default: 1883, with --certs 8883.")
  private @Nullable Integer port;

  @Option(
      names = "--mqtt",
      converter = MqttVersionConverter.class,
      defaultValue = "3.1.1",
      description = "3.1.1 or 5. Default: ${DEFAULT-VALUE}.")
  MqttVersion mqtt = MqttVersion.V3_1_1;

  @Option(
      names = "--certs",
      paramLabel = "DIR",
      description = "TLS: folder with ca.pem, and the certificate of --identity.")
  private @Nullable Path certs;

  @Option(
      names = "--identity",
      paramLabel = "NAME",
      description = "TLS: NAME.pem and NAME.key.pem of --certs, shown by all connections.")
  private @Nullable String identity;

  @Option(
      names = "--client-prefix",
      defaultValue = "bench",
      description = "Client identifiers and topics start with it. Default: ${DEFAULT-VALUE}.")
  String prefix = "bench";

  @Option(
      names = "--threads",
      defaultValue = "1",
      description = "Event loops of the generator. Default: ${DEFAULT-VALUE}.")
  private int threads;

  @Option(
      names = "--broker-pid",
      paramLabel = "PID",
      description = "Also measures CPU and memory of the broker's process, on this machine.")
  @Nullable Long brokerPid;

  @Option(names = "--json", description = "Prints the result as JSON.")
  boolean json;

  @Option(
      names = "--i-own-this-host",
      description = "Allows a broker that is not on this machine. Load it only if it is yours.")
  private boolean ownHost;

  boolean isTls() {
    return certs != null;
  }

  /** Checks where the load would go, and opens the loops that make it. */
  BenchTarget open() {
    return open(false);
  }

  /**
   * The same.
   *
   * @param resuming whether TLS sessions are taken up again; else each handshake is a whole one
   */
  BenchTarget open(boolean resuming) {
    if (threads < 1 || threads > THREADS_MAX) {
      throw new WrongUsage("--threads %d; choose from 1 to %d".formatted(threads, THREADS_MAX));
    }
    int chosen = port != null ? port : isTls() ? 8883 : 1883;
    if (chosen < 1 || chosen > 65_535) {
      throw new WrongUsage("--port %d; choose from 1 to 65535".formatted(chosen));
    }
    InetSocketAddress address = new InetSocketAddress(host, chosen);
    if (address.isUnresolved()) {
      throw new WrongUsage("the host '%s' is not known; name one that is".formatted(host));
    }
    if (!address.getAddress().isLoopbackAddress() && !ownHost) {
      throw new WrongUsage(
          "%s is not this machine, and a bench is an attack on a host that is not yours; if it is yours, add --i-own-this-host"
              .formatted(host));
    }
    if (brokerPid != null) {
      ProcessCost.of(brokerPid); // a wrong one is found before the load, not after
    }
    return new BenchTarget(address, tls(resuming), resuming, threads);
  }

  private @Nullable SslContext tls(boolean resuming) {
    if (certs == null) {
      if (identity != null) {
        throw new WrongUsage("--identity needs --certs DIR");
      }
      return null;
    }
    try {
      SslContextBuilder tls =
          SslContextBuilder.forClient()
              .sslProvider( // the JDK's client resumes sessions of TLS 1.3 by itself
                  OpenSsl.isAvailable() && !resuming ? SslProvider.OPENSSL : SslProvider.JDK)
              .endpointIdentificationAlgorithm(null) // the authority vouches; addresses vary
              .trustManager(
                  DeviceCredentials.trust(PemFiles.readCertificates(certs.resolve("ca.pem"))));
      if (identity != null) {
        Identity own = IdentityFolder.at(certs).read(identity);
        tls = tls.keyManager(own.key(), own.chainArray());
      }
      return tls.build();
    } catch (SSLException e) {
      throw new WrongUsage(
          "the identity %s of %s cannot be used for TLS: %s"
              .formatted(identity, certs, e.getMessage()));
    }
  }

  /** A clean session with a client identifier of its own. */
  BenchLink.Session session(String role, int number) {
    return BenchLink.Session.clean(mqtt, "%s-%s-%d".formatted(prefix, role, number));
  }

  /** Refuses before the kernel does, which would look like a broker that refuses. */
  static void checkOpenFiles(int connections) {
    Path limits = Path.of("/proc/self/limits");
    try {
      List<String> lines = Files.readAllLines(limits);
      for (String line : lines) {
        Matcher matcher = OPEN_FILES.matcher(line);
        if (matcher.find() && Long.parseLong(matcher.group(1)) < connections + OTHER_FILES) {
          throw new WrongUsage(
              "%d connections need as many open files, and this process may open %s; raise it with 'ulimit -n %d'"
                  .formatted(connections, matcher.group(1), connections + 1_000));
        }
      }
    } catch (IOException notLinux) {
      return; // then the kernel says it
    }
  }

  /** An option's range. */
  static void check(String option, long value, long min, long max) {
    if (value < min || value > max) {
      throw new WrongUsage("%s %d; choose from %d to %d".formatted(option, value, min, max));
    }
  }
}
