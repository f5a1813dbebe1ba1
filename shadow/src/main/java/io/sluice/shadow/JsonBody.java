package io.sluice.shadow;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Puts an object together from parts that are JSON already, so that a state is written once and
 * then copied into each body that holds it. Names are our own and need no escape. Confined to one
 * thread.
 */
final class JsonBody {
  private final ByteArrayOutputStream out;
  private boolean begun;

  JsonBody(int bytesExpected) {
    this.out = new ByteArrayOutputStream(bytesExpected);
    out.write('{');
  }

  JsonBody() {
    this(256);
  }

  JsonBody json(String name, byte[] json) {
    name(name);
    out.writeBytes(json);
    return this;
  }

  JsonBody number(String name, long number) {
    return json(name, Long.toString(number).getBytes(StandardCharsets.US_ASCII));
  }

  JsonBody text(String name, String text) {
    name(name);
    out.write('"');
    out.writeBytes(JsonStringEncoder.getInstance().quoteAsUTF8(text));
    out.write('"');
    return this;
  }

  /** Nothing at all when the text is null. */
  JsonBody textIfAny(String name, @Nullable String text) {
    return text == null ? this : text(name, text);
  }

  byte[] end() {
    out.write('}');
    return out.toByteArray();
  }

  private void name(String name) {
    if (begun) {
      out.write(',');
    }
    begun = true;
    out.write('"');
    out.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
    out.write('"');
    out.write(':');
  }
}
