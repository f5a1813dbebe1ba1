package io.sluice.fleet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.lucene.analysis.core.KeywordAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.DoublePoint;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.SortedDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.FieldDoc;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/**
 * An index of things, or of thing groups, in memory. A search sees everything that was put before
 * it. Any thread.
 *
 * <p>Bounds: values longer than {@value #VALUE_CHARS_MAX} characters are not searched for, and of
 * one thing no more than {@value #FIELDS_MAX} values; the document is found and answered whole all
 * the same.
 */
public final class FleetIndex implements AutoCloseable {
  static final int VALUE_CHARS_MAX = 8_191;
  static final int FIELDS_MAX = 2_000;

  /** Kept, or the level would be forgotten with it. */
  private static final Logger VECTORS =
      Logger.getLogger("org.apache.lucene.internal.vectorization.VectorizationProvider");

  static {
    VECTORS.setLevel(Level.SEVERE); // it warns on newer JDKs of a speed that nothing here needs
  }

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String KEY = "*key";
  private static final String SOURCE = "*source";
  private static final int SCAN = 1_000;

  private final ByteBuffersDirectory directory = new ByteBuffersDirectory();
  private final IndexWriter writer;
  private final SearcherManager searchers;
  private final String name;

  public FleetIndex() {
    this("thingName");
  }

  /**
   * @param name the member of documents that has their name
   */
  FleetIndex(String name) {
    this.name = name;
    try {
      writer = new IndexWriter(directory, new IndexWriterConfig(new KeywordAnalyzer()));
      searchers = new SearcherManager(writer, null);
    } catch (IOException impossible) { // it is memory
      throw new UncheckedIOException(impossible);
    }
  }

  /**
   * What a search found.
   *
   * @param things their documents, in the order of their names
   * @param next the name after which to go on; null when that is all
   */
  public record Found(List<ObjectNode> things, @Nullable String next) {}

  /** Adds a thing, or replaces what was known of it. */
  public void put(ThingDocument thing) {
    put(thing.name(), thing.searched());
  }

  void put(String key, ObjectNode searched) {
    Document document = new Document();
    document.add(new StringField(KEY, key, Field.Store.NO));
    document.add(new SortedDocValuesField(KEY, new BytesRef(key)));
    new Fields(document).add("", searched);
    try {
      document.add(new StoredField(SOURCE, JSON.writeValueAsBytes(searched)));
      writer.updateDocument(new Term(KEY, key), document);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /** Forgets a thing. */
  public void remove(String name) {
    try {
      writer.deleteDocuments(new Term(KEY, name));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /** Forgets all things. */
  public void clear() {
    try {
      writer.deleteAll();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /** How many things it has. */
  public int size() {
    return with(searcher -> searcher.getIndexReader().numDocs());
  }

  /**
   * Finds things.
   *
   * @param max how many at most
   * @param after only those with later names; null for all
   * @throws QueryRefused when the text is no query
   */
  public Found search(String query, int max, @Nullable String after) {
    Query parsed = FleetQuery.parse(query);
    return with(searcher -> page(searcher, parsed, max, after));
  }

  /** Whether the query finds this thing now. */
  public boolean matches(String query, String name) {
    Query parsed = FleetQuery.parse("(%s)".formatted(query));
    return with(
        searcher ->
            searcher.count(
                    new BooleanQuery.Builder()
                        .add(parsed, BooleanClause.Occur.MUST)
                        .add(new TermQuery(new Term(KEY, name)), BooleanClause.Occur.FILTER)
                        .build())
                > 0);
  }

  /**
   * Hands on every document that a query finds.
   *
   * @throws QueryRefused when the text is no query
   */
  void forEach(String query, Consumer<JsonNode> document) {
    Query parsed = FleetQuery.parse(query);
    with(
        searcher -> {
          String after = null;
          do {
            Found page = page(searcher, parsed, SCAN, after);
            page.things().forEach(document);
            after = page.next();
          } while (after != null);
          return true;
        });
  }

  private Found page(IndexSearcher searcher, Query query, int max, @Nullable String after)
      throws IOException {
    Sort byName = new Sort(new SortField(KEY, SortField.Type.STRING));
    FieldDoc since =
        after == null
            ? null
            : new FieldDoc( // names are unique, so the document does not matter
                Math.max(0, searcher.getIndexReader().maxDoc() - 1),
                Float.NaN,
                new Object[] {new BytesRef(after)});
    TopDocs top =
        since == null
            ? searcher.search(query, max + 1, byName)
            : searcher.searchAfter(since, query, max + 1, byName);
    List<ObjectNode> things = new ArrayList<>();
    StoredFields stored = searcher.storedFields();
    for (ScoreDoc hit : top.scoreDocs) {
      if (things.size() == max) {
        return new Found(things, things.get(max - 1).path(name).asText());
      }
      BytesRef source = stored.document(hit.doc).getBinaryValue(SOURCE);
      things.add((ObjectNode) JSON.readTree(source.bytes, source.offset, source.length));
    }
    return new Found(things, null);
  }

  /** Reads the index as it is now. */
  private interface Reading<R> {
    R with(IndexSearcher searcher) throws IOException;
  }

  private <R> R with(Reading<R> reading) {
    try {
      searchers.maybeRefreshBlocking();
      IndexSearcher searcher = searchers.acquire();
      try {
        return reading.with(searcher);
      } finally {
        searchers.release(searcher);
      }
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  @Override
  public void close() {
    try {
      searchers.close();
      writer.close();
      directory.close();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /** Takes a document apart into fields. */
  private static final class Fields {
    private final Document document;
    private int count;

    Fields(Document document) {
      this.document = document;
    }

    void add(String path, JsonNode value) {
      if (value.isObject()) {
        for (Map.Entry<String, JsonNode> member : value.properties()) {
          add(path.isEmpty() ? member.getKey() : path + "." + member.getKey(), member.getValue());
        }
      } else if (value.isArray()) {
        value.forEach(element -> add(path, element));
      } else if (count < FIELDS_MAX && !value.isNull()) {
        leaf(path, value.asText());
      }
    }

    private void leaf(String path, String text) {
      if (text.length() > VALUE_CHARS_MAX) {
        return;
      }
      count++;
      String folded = FleetQuery.folded(text);
      document.add(new StringField(path, folded, Field.Store.NO));
      document.add(new StringField(FleetQuery.PRESENT, path, Field.Store.NO));
      if (!path.startsWith("connectivity.") && !path.contains("metadata.")) {
        document.add(new StringField(FleetQuery.ANY, folded, Field.Store.NO));
      }
      Double number = FleetQuery.number(text);
      if (number != null) {
        document.add(new DoublePoint(path + FleetQuery.NUMBERS, number));
      }
    }
  }
}
