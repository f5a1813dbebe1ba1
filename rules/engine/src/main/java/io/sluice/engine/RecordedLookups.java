package io.sluice.engine;

import io.sluice.sql.LookupFailed;
import io.sluice.sql.Lookups;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers of those that may take their time, written down when they are asked and given again from
 * what was written: so the evaluation that has effects never waits, and a repeat gives the same.
 * Secrets, descriptors and the registry are at hand; they are asked both times and never written.
 */
final class RecordedLookups implements Lookups {
  /** Of all answers of one evaluation. */
  private static final int BYTES_MAX = 1 << 20;

  /**
   * One answer.
   *
   * @param json null when it failed
   */
  record Answer(byte @Nullable [] json, String failure) {}

  private final Lookups real;
  private final boolean asking;
  private final Map<String, Answer> answers;
  private int bytes;

  private RecordedLookups(Lookups real, boolean asking, Map<String, Answer> answers) {
    this.real = real;
    this.asking = asking;
    this.answers = answers;
  }

  /** Asks, and writes down. For one thread. */
  static RecordedLookups asking(Lookups real) {
    return new RecordedLookups(real, true, new LinkedHashMap<>());
  }

  /** Gives what was written down; what was not asked before fails. */
  static RecordedLookups given(Lookups real, Map<String, Answer> answers) {
    return new RecordedLookups(real, false, answers);
  }

  /** What was written down, by the digest of its question. */
  Map<String, Answer> answers() {
    return answers;
  }

  private byte[] recorded(String function, Supplier<byte[]> ask, byte[]... question) {
    String key = function + " " + digest(question);
    Answer known = answers.get(key);
    if (known == null) {
      if (!asking) {
        throw new LookupFailed(
            function
                + ": was not asked before; the rule changed since, or this is an error action");
      }
      known = answer(function, ask);
      answers.put(key, known);
    }
    byte[] json = known.json();
    if (json == null) {
      throw new LookupFailed(known.failure());
    }
    return json;
  }

  private Answer answer(String function, Supplier<byte[]> ask) {
    try {
      byte[] json = ask.get();
      bytes += json.length;
      return bytes > BYTES_MAX
          ? new Answer(null, function + ": the answers have more than " + BYTES_MAX + " bytes")
          : new Answer(json, "");
    } catch (LookupFailed failed) {
      return new Answer(null, String.valueOf(failed.getMessage()));
    }
  }

  private static String digest(byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (byte[] part : parts) {
        digest.update((part.length + ":").getBytes(StandardCharsets.US_ASCII));
        digest.update(part);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("this Java runtime lacks SHA-256", missing);
    }
  }

  private static byte[] utf8(@Nullable String text) {
    return text == null ? new byte[0] : text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] invoke(String functionArn, byte[] json) {
    return recorded("aws_lambda", () -> real.invoke(functionArn, json), utf8(functionArn), json);
  }

  @Override
  public byte[] predict(String model, byte[] record) {
    return recorded(
        "machinelearning_predict", () -> real.predict(model, record), utf8(model), record);
  }

  @Override
  public byte[] thingShadow(String thing, @Nullable String shadow) {
    return recorded(
        "get_thing_shadow", () -> real.thingShadow(thing, shadow), utf8(thing), utf8(shadow));
  }

  @Override
  public byte[] item(String table, List<ItemKey> keys) {
    byte[][] question = new byte[1 + 2 * keys.size()][];
    question[0] = utf8(table);
    for (int i = 0; i < keys.size(); i++) {
      question[1 + 2 * i] = utf8(keys.get(i).name());
      question[2 + 2 * i] = keys.get(i).value();
    }
    return recorded("get_dynamodb", () -> real.item(table, keys), question);
  }

  @Override
  public byte[] registryData(String operation, String thing) {
    return real.registryData(operation, thing);
  }

  @Override
  public String secretString(String id) {
    return real.secretString(id);
  }

  @Override
  public byte[] secretBinary(String id) {
    return real.secretBinary(id);
  }

  @Override
  public byte[] decodeProto(
      byte[] data, String bucket, String objectKey, String protoName, String messageType) {
    return real.decodeProto(data, bucket, objectKey, protoName, messageType);
  }
}
