package io.sluice.fleet;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.core.KeywordAnalyzer;
import org.apache.lucene.document.DoublePoint;
import org.apache.lucene.index.Term;
import org.apache.lucene.queryparser.classic.ParseException;
import org.apache.lucene.queryparser.classic.QueryParser;
import org.apache.lucene.queryparser.classic.TokenMgrError;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TermRangeQuery;
import org.apache.lucene.search.WildcardQuery;
import org.jspecify.annotations.Nullable;

/**
 * The query syntax of fleet indexing on Lucene's parser: terms without an operator must all hold,
 * field names are case-sensitive and values are not, {@code field<5} is a range, no term begins
 * with a wildcard. Source: AWS IoT Developer Guide, "Query syntax".
 */
final class FleetQuery {
  /** The field that holds every value of registry and shadows. */
  static final String ANY = "*any";

  /** Fields whose names end in this hold numbers for ranges. */
  static final String NUMBERS = "*n";

  /** The field that names the fields which a document has. */
  static final String PRESENT = "*has";

  private static final int LENGTH_MAX = 1_000;
  private static final int CLAUSES_MAX = 128;

  /** {@code field<5}, with quoted and escaped text passed over. */
  private static final Pattern COMPARISON =
      Pattern.compile(
          "\"(?:[^\"\\\\]|\\\\.)*+\"|\\\\.|([\\p{Alnum}_.$@/-]++)(<=|>=|<|>)(\"(?:[^\"\\\\]|\\\\.)*+\"|[^\\s()\"]++)");

  private FleetQuery() {}

  /**
   * @throws QueryRefused when the text is no query
   */
  static Query parse(String text) {
    if (text.isBlank()) {
      throw new QueryRefused("queryString is empty; '*' finds all things");
    }
    if (text.length() > LENGTH_MAX) {
      throw new QueryRefused(
          "queryString has %d characters; at most %d are taken"
              .formatted(text.length(), LENGTH_MAX));
    }
    try {
      Query query = new Parser().parse(withRanges(text));
      if (query instanceof BooleanQuery all && all.clauses().size() > CLAUSES_MAX) {
        throw new QueryRefused("queryString has more than %d terms".formatted(CLAUSES_MAX));
      }
      return query;
    } catch (ParseException | TokenMgrError malformed) {
      throw new QueryRefused(
          "queryString is not understood: %s; quote values that have blanks, escape other signs with \\"
              .formatted(firstLine(malformed)));
    }
  }

  private static String firstLine(Throwable malformed) {
    String message = String.valueOf(malformed.getMessage());
    Throwable cause = malformed.getCause();
    String text = cause != null && cause.getMessage() != null ? cause.getMessage() : message;
    return text.lines().findFirst().orElse("");
  }

  private static String withRanges(String text) {
    Matcher matcher = COMPARISON.matcher(text);
    StringBuilder out = new StringBuilder();
    while (matcher.find()) {
      matcher.appendReplacement(
          out,
          Matcher.quoteReplacement(matcher.group(1) == null ? matcher.group() : range(matcher)));
    }
    return matcher.appendTail(out).toString();
  }

  private static String range(Matcher comparison) {
    String value = comparison.group(3);
    String range =
        switch (comparison.group(2)) {
          case "<" -> "{* TO " + value + "}";
          case "<=" -> "{* TO " + value + "]";
          case ">" -> "{" + value + " TO *}";
          default -> "[" + value + " TO *}";
        };
    return comparison.group(1) + ":" + range;
  }

  /** How a value is indexed and asked for. */
  static String folded(String value) {
    return value.toLowerCase(Locale.ROOT);
  }

  /** A number, or null when the text is none. */
  static @Nullable Double number(String text) {
    if (text.isEmpty() || text.length() > 40 || !isNumberLike(text)) {
      return null;
    }
    try {
      return Double.valueOf(text);
    } catch (NumberFormatException noNumber) {
      return null;
    }
  }

  private static boolean isNumberLike(String text) {
    char first = text.charAt(0);
    char last = text.charAt(text.length() - 1); // "1d" is a number to Java
    return (first >= '0' && first <= '9' || first == '-' || first == '+' || first == '.')
        && (last >= '0' && last <= '9' || last == '.');
  }

  private static final class Parser extends QueryParser {
    Parser() {
      super(ANY, new KeywordAnalyzer());
      setDefaultOperator(Operator.AND);
      setAllowLeadingWildcard(false);
      setSplitOnWhitespace(true);
    }

    @Override
    protected Query getFieldQuery(String field, String text, boolean quoted) {
      Query exact = new TermQuery(new Term(field, folded(text)));
      Double number = number(text);
      if (number == null || field.equals(ANY)) {
        return exact;
      }
      return new BooleanQuery.Builder() // 5 finds 5.0 too
          .add(exact, BooleanClause.Occur.SHOULD)
          .add(DoublePoint.newExactQuery(field + NUMBERS, number), BooleanClause.Occur.SHOULD)
          .build();
    }

    @Override
    protected Query getFieldQuery(String field, String text, int slop) {
      return getFieldQuery(field, text, true);
    }

    @Override
    protected Query getRangeQuery(
        String field,
        @Nullable String from,
        @Nullable String to,
        boolean fromIncluded,
        boolean toIncluded) {
      Double low = from == null ? Double.valueOf(Double.NEGATIVE_INFINITY) : number(from);
      Double high = to == null ? Double.valueOf(Double.POSITIVE_INFINITY) : number(to);
      if (low != null && high != null) {
        double first = fromIncluded ? low : DoublePoint.nextUp(low);
        double last = toIncluded ? high : DoublePoint.nextDown(high);
        return first > last
            ? new MatchNoDocsQuery("an empty range")
            : DoublePoint.newRangeQuery(field + NUMBERS, first, last);
      }
      return TermRangeQuery.newStringRange(
          field,
          from == null ? null : folded(from),
          to == null ? null : folded(to),
          fromIncluded,
          toIncluded);
    }

    @Override
    protected Query getPrefixQuery(String field, String prefix) {
      return new PrefixQuery(new Term(field, folded(prefix)));
    }

    @Override
    protected Query getWildcardQuery(String field, String text) throws ParseException {
      if (text.equals("*")) {
        return field.equals(ANY) || field.equals("*")
            ? new MatchAllDocsQuery()
            : new TermQuery(new Term(PRESENT, field));
      }
      if (text.startsWith("*") || text.startsWith("?")) {
        throw new ParseException("'%s' begins with a wildcard".formatted(text));
      }
      return new WildcardQuery(new Term(field, folded(text)));
    }

    @Override
    protected Query getRegexpQuery(String field, String expression) throws ParseException {
      throw new ParseException("regular expressions are not offered; escape '/' as '\\/'");
    }

    @Override
    protected Query getFuzzyQuery(String field, String term, float similarity)
        throws ParseException {
      throw new ParseException("'~' is not offered; escape it as '\\~'");
    }
  }
}
