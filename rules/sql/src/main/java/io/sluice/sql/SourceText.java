package io.sluice.sql;

/** The author's text, and where in it an offset is. */
record SourceText(String text) {
  private static final int EXCERPT_MAX = 60;

  int line(int offset) {
    int line = 1;
    for (int i = 0; i < offset && i < text.length(); i++) {
      if (text.charAt(i) == '\n') {
        line++;
      }
    }
    return line;
  }

  int column(int offset) {
    int lineStart = text.lastIndexOf('\n', offset - 1) + 1;
    return text.codePointCount(lineStart, Math.min(offset, text.length())) + 1;
  }

  /** A stretch of the text, on one line and not too long. */
  String excerpt(Span span) {
    String part = text.substring(span.start(), span.end()).replaceAll("\\s+", " ");
    return part.length() <= EXCERPT_MAX ? part : part.substring(0, EXCERPT_MAX - 3) + "...";
  }
}
