package io.sluice.sql;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;

/**
 * Digests, and payloads in other formats: base64, protobuf, and in version sluice-1 CBOR and
 * Sparkplug B.
 */
final class EncodingFunctions {
  private static final int PROTO_USES_MAX = 2;
  private static final int PROTO_BYTES_MAX = 128 * 1024;

  private EncodingFunctions() {}

  static void addTo(Functions.Registry functions) {
    digest(functions, "md2", "MD2");
    digest(functions, "md5", "MD5");
    digest(functions, "sha1", "SHA-1");
    digest(functions, "sha224", "SHA-224");
    digest(functions, "sha256", "SHA-256");
    digest(functions, "sha384", "SHA-384");
    digest(functions, "sha512", "SHA-512");
    functions.add(
        new Functions.Function("encode", 2, 2, SqlVersion.V2016_03_23, EncodingFunctions::encode));
    functions.add(
        new Functions.Function("decode", 2, 6, SqlVersion.V2016_03_23, EncodingFunctions::decode));
  }

  private static void digest(Functions.Registry functions, String name, String algorithm) {
    functions.add(
        name,
        1,
        1,
        a -> a.text(0) instanceof String s ? new Text(hex(algorithm, s)) : Undefined.UNDEFINED);
  }

  private static String hex(String algorithm, String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance(algorithm).digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("this Java runtime lacks the digest " + algorithm, missing);
    }
  }

  private static boolean isBase64(Value scheme) {
    return scheme instanceof Text text && text.toString().equalsIgnoreCase("base64");
  }

  private static Code encode(Expression.Call call, Compiler compiler) {
    Expression what = call.arguments().get(0);
    Code scheme = compiler.compile(call.arguments().get(1));
    if (what instanceof Expression.Whole && !compiler.insideNested()) {
      return frame -> {
        if (!isBase64(scheme.run(frame))) {
          return Undefined.UNDEFINED;
        }
        byte[] payload =
            frame.message().payload(); // exactly as it came: nothing needs to be JSON for this
        frame.spend(payload.length);
        return new Text(Base64.getEncoder().encodeToString(payload));
      };
    }
    return Functions.withArguments(
            a ->
                isBase64(a.at(1)) && a.text(0) instanceof String s
                    ? a.text(Base64.getEncoder().encodeToString(s.getBytes(StandardCharsets.UTF_8)))
                    : Undefined.UNDEFINED)
        .make(call, compiler);
  }

  private static Code decode(Expression.Call call, Compiler compiler) {
    int count = call.arguments().size();
    if (count == 2) {
      String scheme = Functions.constant(call.arguments().get(1));
      if (compiler.version.extended() && "cbor".equalsIgnoreCase(scheme)) {
        return binary(
            call, compiler, false, (bytes, a) -> CborFormat.decode(bytes, a.wholeIsInt()));
      } else if (compiler.version.extended() && "sparkplug".equalsIgnoreCase(scheme)) {
        return binary(
            call, compiler, false, (bytes, a) -> SparkplugFormat.decode(bytes, a.wholeIsInt()));
      }
      return Functions.withArguments(a -> isBase64(a.at(1)) ? fromBase64(a) : Undefined.UNDEFINED)
          .make(call, compiler);
    }
    if (count != 6 || !"proto".equalsIgnoreCase(Functions.constant(call.arguments().get(1)))) {
      throw compiler.rejected(
          SqlRejected.Code.WRONG_ARITY,
          call,
          "decode(text, 'base64') or decode(data, 'proto', bucket, objectKey, protoName,"
              + " messageType)",
          "");
    }
    compiler.notInTemplates(call, "decode(..., 'proto', ...)");
    compiler.limit(call, "decode(..., 'proto', ...)", PROTO_USES_MAX);
    compiler.usesLookups(call);
    return binary(call, compiler, true, EncodingFunctions::fromProto);
  }

  private interface Decoder {
    Value decode(byte[] bytes, Args a);
  }

  /**
   * The first argument as bytes: {@code *} is the payload as it came, also when it happens to be
   * JSON; a text is base64. What is not gives Null, or fails when {@code failing}.
   */
  private static Code binary(
      Expression.Call call, Compiler compiler, boolean failing, Decoder decoder) {
    boolean payload =
        call.arguments().get(0) instanceof Expression.Whole && !compiler.insideNested();
    return Functions.withArguments(
            a -> {
              byte[] bytes;
              if (payload) {
                bytes = a.frame().message().payload();
              } else if (a.at(0) instanceof Text text) {
                try {
                  bytes = Base64.getDecoder().decode(text.toString());
                } catch (IllegalArgumentException notBase64) {
                  if (failing) {
                    throw new LookupFailed(
                        "decode: the data is neither the whole payload nor base64");
                  }
                  return Null.NULL;
                }
              } else {
                return Undefined.UNDEFINED;
              }
              a.frame().spend(bytes.length * 4L); // what is made of them
              return decoder.decode(bytes, a);
            })
        .make(call, compiler);
  }

  /** Null when it is not base64 of text; the value when the text is JSON. */
  private static Value fromBase64(Args a) {
    if (!(a.text(0) instanceof String encoded)) {
      return Undefined.UNDEFINED;
    }
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(encoded);
    } catch (IllegalArgumentException notBase64) {
      return Null.NULL;
    }
    try {
      return Json.read(bytes, a.wholeIsInt());
    } catch (JsonScanner.NotJson notJson) {
      return plainText(bytes);
    }
  }

  private static Value plainText(byte[] bytes) {
    try {
      return new Text(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException notText) {
      return Null.NULL;
    }
  }

  private static Value fromProto(byte[] data, Args a) {
    if (data.length > PROTO_BYTES_MAX) {
      throw new LookupFailed(
          "decode: the data has %d bytes, at most %d are allowed"
              .formatted(data.length, PROTO_BYTES_MAX));
    }
    if (!(a.text(2) instanceof String bucket)
        || !(a.text(3) instanceof String objectKey)
        || !(a.text(4) instanceof String protoName)
        || !(a.text(5) instanceof String messageType)) {
      return Undefined.UNDEFINED;
    }
    return LookupFunctions.json(
        a.frame().context().lookups().decodeProto(data, bucket, objectKey, protoName, messageType),
        a,
        "decode");
  }
}
