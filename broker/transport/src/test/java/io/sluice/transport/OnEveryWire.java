package io.sluice.transport;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests of a section of the specification, on one gateway, asked over each wire. */
@ParameterizedClass(name = "{0}")
@EnumSource(Wire.class)
abstract class OnEveryWire {
  private static final AtomicInteger NEXT = new AtomicInteger();

  @TempDir static Path folder;
  static FourWires wires;

  @Parameter Wire wire;

  /** Client identifiers and topics of this test begin with it: no test hears of another. */
  final String own = "t" + NEXT.incrementAndGet();

  @BeforeAll
  static void start() {
    wires = new FourWires(folder.resolve("data"));
  }

  @AfterAll
  static void stop() {
    wires.close();
  }

  TestGateway gateway() {
    return wires.gateway;
  }

  /** A client that has said nothing yet. */
  Dialog dialog(int version) {
    return wires.dialog(wire, version);
  }

  /** A client that is let in, with a clean session and no properties. */
  Dialog client(int version, String name) {
    Dialog dialog = dialog(version);
    dialog.enter(Say.connect(id(name)));
    return dialog;
  }

  /** A client that is let in with this CONNECT. */
  Dialog client(int version, Say.Connect connect) {
    Dialog dialog = dialog(version);
    dialog.enter(connect);
    return dialog;
  }

  /** A client identifier of this test. */
  String id(String name) {
    return own + name;
  }

  /** A topic or filter of this test. */
  String topic(String name) {
    return own + "/" + name;
  }
}
