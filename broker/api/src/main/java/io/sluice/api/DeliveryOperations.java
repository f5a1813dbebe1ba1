package io.sluice.api;

import io.sluice.firehose.DeliveryStreams;
import io.sluice.firehose.FirehoseRequests;
import java.util.List;

/** The operations of Firehose. Source: the service model of Firehose. */
final class DeliveryOperations {
  private DeliveryOperations() {}

  static List<Operation> of(DeliveryStreams deliveries) {
    return new RecordOperations(Family.FIREHOSE)
        .put(
            "CreateDeliveryStream",
            FirehoseRequests.CreateDeliveryStream.class,
            deliveries::createDeliveryStream)
        .change(
            "DeleteDeliveryStream",
            FirehoseRequests.DeleteDeliveryStream.class,
            deliveries::deleteDeliveryStream)
        .ask(
            "DescribeDeliveryStream",
            FirehoseRequests.DescribeDeliveryStream.class,
            deliveries::describeDeliveryStream)
        .ask(
            "ListDeliveryStreams",
            FirehoseRequests.ListDeliveryStreams.class,
            deliveries::listDeliveryStreams)
        .change(
            "UpdateDestination",
            FirehoseRequests.UpdateDestination.class,
            deliveries::updateDestination)
        .put("PutRecord", FirehoseRequests.PutRecord.class, deliveries::putRecord)
        .put("PutRecordBatch", FirehoseRequests.PutRecordBatch.class, deliveries::putRecordBatch)
        .change(
            "TagDeliveryStream",
            FirehoseRequests.TagDeliveryStream.class,
            deliveries::tagDeliveryStream)
        .change(
            "UntagDeliveryStream",
            FirehoseRequests.UntagDeliveryStream.class,
            deliveries::untagDeliveryStream)
        .ask(
            "ListTagsForDeliveryStream",
            FirehoseRequests.ListTagsForDeliveryStream.class,
            deliveries::listTagsForDeliveryStream)
        .unsupported("StartDeliveryStreamEncryption", "StopDeliveryStreamEncryption")
        .all();
  }
}
