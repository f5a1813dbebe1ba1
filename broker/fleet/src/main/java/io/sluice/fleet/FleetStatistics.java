package io.sluice.fleet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Aggregations over one field of the things that a query finds. Exact, where AWS estimates; reads
 * every document that the query finds. Source: AWS IoT API Reference, GetStatistics,
 * GetCardinality, GetPercentiles, GetBucketsAggregation.
 */
public final class FleetStatistics {
  private static final int BUCKETS_DEFAULT = 10;
  private static final int BUCKETS_MAX = 10_000;
  private static final double[] PERCENTS = {1, 5, 25, 50, 75, 95, 99};

  private final FleetIndex index;

  public FleetStatistics(FleetIndex index) {
    this.index = index;
  }

  private List<String> values(String query, String field) {
    List<String> values = new ArrayList<>();
    String[] path = field.split("\\.", -1);
    index.forEach(
        query,
        document -> {
          JsonNode value = document;
          for (String name : path) {
            value = value.path(name);
          }
          if (value.isArray()) {
            value.forEach(one -> values.add(one.asText()));
          } else if (value.isValueNode() && !value.isNull()) {
            values.add(value.asText());
          }
        });
    return values;
  }

  private List<Double> numbers(String query, String field) {
    List<Double> numbers = new ArrayList<>();
    for (String value : values(query, field)) {
      Double number = FleetQuery.number(value);
      if (number != null) {
        numbers.add(number);
      }
    }
    return numbers;
  }

  /** Count, average, sum and so on; of a field that is no number only the count. */
  public ObjectNode statistics(String query, String field) {
    List<String> values = values(query, field);
    List<Double> numbers = numbers(query, field);
    ObjectNode out = JsonNodeFactory.instance.objectNode().put("count", values.size());
    if (numbers.isEmpty()) {
      return out;
    }
    double sum = 0;
    double squares = 0;
    for (double number : numbers) {
      sum += number;
      squares += number * number;
    }
    double average = sum / numbers.size();
    double variance = Math.max(0, squares / numbers.size() - average * average);
    return out.put("average", average)
        .put("sum", sum)
        .put("minimum", Collections.min(numbers))
        .put("maximum", Collections.max(numbers))
        .put("sumOfSquares", squares)
        .put("variance", variance)
        .put("stdDeviation", Math.sqrt(variance));
  }

  /** How many different values there are. */
  public long cardinality(String query, String field) {
    return values(query, field).stream().distinct().count();
  }

  /**
   * @param percents empty for the usual ones
   */
  public ObjectNode percentiles(String query, String field, List<Double> percents) {
    List<Double> numbers = numbers(query, field);
    Collections.sort(numbers);
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    ArrayNode list = out.putArray("percentiles");
    List<Double> wanted = new ArrayList<>(percents);
    if (wanted.isEmpty()) {
      for (double percent : PERCENTS) {
        wanted.add(percent);
      }
    }
    for (double percent : wanted) {
      if (percent < 0 || percent > 100) {
        throw new QueryRefused("percent %s is not between 0 and 100".formatted(percent));
      }
      if (!numbers.isEmpty()) {
        list.addObject().put("percent", percent).put("value", percentile(numbers, percent));
      }
    }
    return out;
  }

  private static double percentile(List<Double> sorted, double percent) {
    double place = percent / 100 * (sorted.size() - 1);
    int below = (int) Math.floor(place);
    int above = (int) Math.ceil(place);
    return sorted.get(below) + (place - below) * (sorted.get(above) - sorted.get(below));
  }

  /** The most frequent values. */
  public ObjectNode buckets(String query, String field, int max) {
    int most = max == 0 ? BUCKETS_DEFAULT : max;
    if (most < 1 || most > BUCKETS_MAX) {
      throw new QueryRefused("maxBuckets must be 1 to %d; found %d".formatted(BUCKETS_MAX, most));
    }
    Map<String, Integer> counts = new HashMap<>();
    for (String value : values(query, field)) {
      counts.merge(value, 1, Integer::sum);
    }
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("totalCount", counts.values().stream().mapToInt(Integer::intValue).sum());
    ArrayNode buckets = out.putArray("buckets");
    counts.entrySet().stream()
        .sorted(
            Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(most)
        .forEach(
            one -> buckets.addObject().put("keyValue", one.getKey()).put("count", one.getValue()));
    return out;
  }
}
