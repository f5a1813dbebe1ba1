package io.sluice.firehose;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** A target in memory that refuses on cue. It outlives the gateway, as a folder does. */
final class FakeTarget implements ObjectTarget {
  final Map<String, byte[]> objects = new TreeMap<>(); // by bucket/key
  @Nullable String refusal;
  int writes;

  @Override
  public String write(String bucket, String key, Body body) throws IOException {
    if (refusal != null) {
      throw new IOException(refusal);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    body.writeTo(out);
    writes++;
    objects.put(bucket + "/" + key, out.toByteArray());
    return "/somewhere/" + bucket + "/" + key;
  }

  String text(String name) {
    return new String(plain(name), StandardCharsets.UTF_8);
  }

  private byte[] plain(String name) {
    byte[] object = objects.get(name);
    if (!name.endsWith(".gz")) {
      return object;
    }
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(object))) {
      return in.readAllBytes();
    } catch (IOException damaged) {
      throw new UncheckedIOException(damaged);
    }
  }

  /** All objects one behind the other, by name. */
  String all() {
    StringBuilder all = new StringBuilder();
    objects.keySet().forEach(name -> all.append(text(name)));
    return all.toString();
  }
}
