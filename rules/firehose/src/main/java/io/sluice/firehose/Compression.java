package io.sluice.firehose;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** CompressionFormat, of which we have two. The same bytes compress to the same object. */
enum Compression {
  UNCOMPRESSED(""),
  GZIP(".gz");

  final String extension;

  Compression(String extension) {
    this.extension = extension;
  }

  static Compression parse(@Nullable String wire) {
    if (wire == null) {
      return UNCOMPRESSED;
    }
    return switch (wire) {
      case "UNCOMPRESSED" -> UNCOMPRESSED;
      case "GZIP" -> GZIP;
      case "ZIP", "Snappy", "HADOOP_SNAPPY" ->
          throw FirehoseError.invalid(
              "CompressionFormat %s is not supported by this gateway; use GZIP or UNCOMPRESSED.",
              wire);
      default ->
          throw FirehoseError.constraint(
              "compressionFormat",
              wire,
              "Member must satisfy enum value set: [UNCOMPRESSED, GZIP, ZIP, Snappy,"
                  + " HADOOP_SNAPPY]");
    };
  }

  /** Compresses what the body writes. */
  ObjectTarget.Body compress(ObjectTarget.Body body) {
    if (this == UNCOMPRESSED) {
      return body;
    }
    return out -> {
      GZIPOutputStream gzip = new GZIPOutputStream(new Kept(out), 1 << 13);
      body.writeTo(gzip);
      gzip.close(); // frees the deflater; a failed body leaves that to the cleaner
    };
  }

  /** The stream below is the target's to close. */
  private static final class Kept extends FilterOutputStream {
    Kept(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}
