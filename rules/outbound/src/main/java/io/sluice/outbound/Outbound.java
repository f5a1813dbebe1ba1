package io.sluice.outbound;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.engine.Carrier;
import io.sluice.engine.RuleDestinations;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Carries what rules have for the world outside, each kind of action by its client. Any thread. */
public final class Outbound implements Carrier, AutoCloseable {
  private final Map<String, Client> clients = new HashMap<>();
  private final HttpCalls http;
  private final AwsClients aws;

  /**
   * @param destinations which HTTP destinations are confirmed
   */
  public Outbound(OutboundSettings settings, RuleDestinations destinations) {
    this.http = new HttpCalls(settings.addresses());
    AwsClients aws = new AwsClients(settings);
    this.aws = aws;
    clients.put("http", new HttpClient(http, settings, destinations));
    clients.put("jdbc", new JdbcClient(settings.credentials()));
    clients.put("kafka", new KafkaClient(settings.addresses(), settings.credentials()));
    clients.put("lambda", new FunctionDeliveries(http, settings));
    clients.put("sqs", new SqsDeliveries(aws));
    clients.put("sns", new SnsDeliveries(aws));
    clients.put("kinesis", new KinesisDeliveries(aws));
    clients.put("firehose", new FirehoseDeliveries(aws));
    clients.put("s3", new ObjectDeliveries(aws, settings.objects()));
    clients.put("dynamoDB", new DynamoDeliveries(aws));
    clients.put("dynamoDBv2", new DynamoDeliveries(aws));
    clients.put("openSearch", new SearchClient(http, settings));
    clients.put("elasticsearch", new SearchClient(http, settings));
    clients.put("influxDB", new SeriesClient(http, settings));
    clients.put("timestream", new SeriesClient(http, settings));
    clients.put("mqtt", new MqttBridge(settings));
    WatchClient watch = new WatchClient(settings.watch());
    clients.put("cloudwatchMetric", watch);
    clients.put("cloudwatchAlarm", watch);
    clients.put("cloudwatchLogs", watch);
    destinations.confirmBy(new Confirmation(http));
  }

  @Override
  public String check(String kind, JsonNode fields) {
    Client client = clients.get(kind);
    return client == null
        ? "action '%s' is not offered by this gateway; use one of %s"
            .formatted(kind, new TreeSet<>(clients.keySet()))
        : client.check(fields);
  }

  @Override
  public Batching batching(String kind, JsonNode fields) {
    return client(kind).batching(fields);
  }

  @Override
  public String group(String kind, JsonNode filled) {
    return client(kind).group(filled);
  }

  @Override
  public List<Outcome> carry(List<Delivery> deliveries) {
    Client client = clients.get(deliveries.get(0).kind());
    return client == null // of a version that had it
        ? Client.all(deliveries, new Outcome.Refused("the action is not offered by this gateway"))
        : client.carry(deliveries);
  }

  private Client client(String kind) {
    Client client = clients.get(kind);
    if (client == null) {
      throw new IllegalStateException("no client of action " + kind);
    }
    return client;
  }

  @Override
  public void close() {
    clients.values().forEach(Client::close);
    aws.close();
    http.close();
  }
}
