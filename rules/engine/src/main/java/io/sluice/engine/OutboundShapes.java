package io.sluice.engine;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The actions that leave the process: their fields, and what they are called elsewhere. Source: AWS
 * IoT API Reference, "Action" and the types it names. Fields of our own are {@code endpoint},
 * {@code region}, {@code credentials} and {@code outbox}, and all of {@code jdbc} and {@code mqtt}.
 *
 * @param shape its fields
 * @param failedName how error actions name it
 * @param resource the field that says where it leads; a path with slashes
 * @param order the field whose value keeps messages in order; null: their topic
 */
record OutboundShapes(
    OutboundShape shape, String failedName, String resource, @Nullable String order) {

  private static final Map<String, OutboundShapes> ALL =
      Map.ofEntries(
          of(
              "http",
              aws()
                  .template("url")
                  .optionalTemplate("confirmationUrl")
                  .pairs("headers", "key", "value")
                  .flag("enableBatching")
                  .object(
                      "batchConfig",
                      false,
                      object()
                          .number("maxBatchOpenMs", 5, 200)
                          .number("maxBatchSize", 2, 10)
                          .number("maxBatchSizeBytes", 100, 131_072)
                          .flag("batchAcrossTopics"))
                  .object(
                      "auth",
                      false,
                      object()
                          .object(
                              "sigv4",
                              false,
                              object()
                                  .literal("signingRegion")
                                  .literal("serviceName")
                                  .optionalLiteral("roleArn"))
                          .object("token", false, object().literal("credentials"))),
              "HttpAction",
              "url",
              null),
          of(
              "jdbc",
              aws()
                  .literal("sql")
                  .list("parameters")
                  .object(
                      "batchConfig",
                      false,
                      object()
                          .number("maxBatchOpenMs", 1, 10_000)
                          .number("maxBatchSize", 1, 5_000)
                          .number("maxBatchSizeBytes", 100, 16 << 20)),
              "JdbcAction",
              "credentials",
              null),
          of(
              "kafka",
              aws()
                  .optionalLiteral("destinationArn")
                  .template("topic")
                  .optionalTemplate("key")
                  .optionalTemplate("partition")
                  .pairs("headers", "key", "value")
                  .templates("clientProperties"),
              "KafkaAction",
              "topic",
              "key"),
          of("lambda", aws().template("functionArn"), "LambdaAction", "functionArn", null),
          of("sqs", aws().template("queueUrl").flag("useBase64"), "SqsAction", "queueUrl", null),
          of(
              "sns",
              aws().template("targetArn").choice("messageFormat", "RAW", "JSON"),
              "SnsAction",
              "targetArn",
              null),
          of(
              "kinesis",
              aws().template("streamName").optionalTemplate("partitionKey"),
              "KinesisAction",
              "streamName",
              "partitionKey"),
          of(
              "firehose",
              aws()
                  .template("deliveryStreamName")
                  .choice("separator", "\n", "\t", "\r\n", ",")
                  .flag("batchMode"),
              "FirehoseAction",
              "deliveryStreamName",
              null),
          of(
              "s3",
              aws()
                  .template("bucketName")
                  .template("key")
                  .choice(
                      "cannedAcl",
                      "private",
                      "public-read",
                      "public-read-write",
                      "aws-exec-read",
                      "authenticated-read",
                      "bucket-owner-read",
                      "bucket-owner-full-control",
                      "log-delivery-write"),
              "S3Action",
              "bucketName",
              null),
          of(
              "dynamoDB",
              aws()
                  .template("tableName")
                  .template("hashKeyField")
                  .choice("hashKeyType", "STRING", "NUMBER")
                  .template("hashKeyValue")
                  .optionalTemplate("rangeKeyField")
                  .choice("rangeKeyType", "STRING", "NUMBER")
                  .optionalTemplate("rangeKeyValue")
                  .optionalTemplate("payloadField")
                  .optionalTemplate("operation"),
              "DynamoAction",
              "tableName",
              "hashKeyValue"),
          of(
              "dynamoDBv2",
              aws().object("putItem", true, object().template("tableName")),
              "DynamoV2Action",
              "putItem/tableName",
              null),
          of(
              "mqtt",
              aws().literal("url").template("topic").number("qos", 0, 1).flag("retain"),
              "MqttAction",
              "topic",
              null),
          of("openSearch", search(), "OpenSearchAction", "endpoint", "id"),
          of("elasticsearch", search(), "ElasticsearchAction", "endpoint", "id"),
          of(
              "influxDB",
              aws()
                  .literal("endpoint")
                  .optionalLiteral("destinationArn")
                  .literal("databaseName")
                  .optionalLiteral("organization")
                  .choice("timestampUnit", "s", "ms", "us", "ns")
                  .template("tableName")
                  .templates("tags")
                  .object(
                      "batchConfig",
                      false,
                      object()
                          .number("maxBatchSize", 1, 500)
                          .number("maxBatchOpenMs", 5, 1_000)
                          .number("maxBatchSizeBytes", 100, 131_072)
                          .flag("batchAcrossTopics")),
              "InfluxDBAction",
              "databaseName",
              null),
          of(
              "timestream",
              aws()
                  .literal("endpoint")
                  .optionalLiteral("organization")
                  .template("databaseName")
                  .template("tableName")
                  .pairs("dimensions", "name", "value")
                  .object(
                      "timestamp",
                      false,
                      object()
                          .template("value")
                          .choice(
                              "unit", "SECONDS", "MILLISECONDS", "MICROSECONDS", "NANOSECONDS")),
              "TimestreamAction",
              "databaseName",
              null),
          of(
              "cloudwatchMetric",
              aws()
                  .template("metricName")
                  .template("metricNamespace")
                  .template("metricUnit")
                  .template("metricValue")
                  .optionalTemplate("metricTimestamp"),
              "CloudwatchMetricAction",
              "metricName",
              null),
          of(
              "cloudwatchAlarm",
              aws().template("alarmName").template("stateReason").template("stateValue"),
              "CloudwatchAlarmAction",
              "alarmName",
              null),
          of(
              "cloudwatchLogs",
              aws().template("logGroupName").flag("batchMode"),
              "CloudwatchLogsAction",
              "logGroupName",
              null));

  private static Map.Entry<String, OutboundShapes> of(
      String key, OutboundShape shape, String name, String resource, @Nullable String order) {
    return Map.entry(key, new OutboundShapes(shape, name, resource, order));
  }

  private static OutboundShape object() {
    return new OutboundShape();
  }

  private static OutboundShape search() {
    return aws().template("endpoint").template("index").optionalTemplate("type").template("id");
  }

  /** With the fields that every action may have. */
  private static OutboundShape aws() {
    return object()
        .optionalLiteral("roleArn")
        .optionalLiteral("endpoint")
        .optionalLiteral("region")
        .optionalLiteral("credentials")
        .object(
            "outbox",
            false,
            object()
                .choice("policy", "refuse", "drop")
                .number("messagesMax", 1, Integer.MAX_VALUE)
                .number("bytesMax", 1, Integer.MAX_VALUE)
                .number("ageSeconds", 1, Integer.MAX_VALUE)
                .number("triesMax", 1, Integer.MAX_VALUE)
                .number("callsMax", 1, 64));
  }

  /** The shape of an action; null when there is no such. */
  static @Nullable OutboundShapes of(String key) {
    return ALL.get(key);
  }

  /** The keys of all. */
  static Set<String> keys() {
    return new TreeSet<>(ALL.keySet());
  }
}
