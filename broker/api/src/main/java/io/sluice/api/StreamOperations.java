package io.sluice.api;

import io.sluice.stream.StreamRequests;
import io.sluice.stream.Streams;
import java.util.List;

/** The operations of Kinesis. Source: the service model of Kinesis. */
final class StreamOperations {
  private StreamOperations() {}

  static List<Operation> of(Streams streams) {
    return new RecordOperations(Family.KINESIS)
        .change("CreateStream", StreamRequests.CreateStream.class, streams::createStream)
        .change("DeleteStream", StreamRequests.DeleteStream.class, streams::deleteStream)
        .ask("DescribeStream", StreamRequests.DescribeStream.class, streams::describeStream)
        .ask(
            "DescribeStreamSummary",
            StreamRequests.DescribeStreamSummary.class,
            streams::describeStreamSummary)
        .ask("ListStreams", StreamRequests.ListStreams.class, streams::listStreams)
        .ask("ListShards", StreamRequests.ListShards.class, streams::listShards)
        .put("PutRecord", StreamRequests.PutRecord.class, streams::putRecord)
        .put("PutRecords", StreamRequests.PutRecords.class, streams::putRecords)
        .ask("GetShardIterator", StreamRequests.GetShardIterator.class, streams::getShardIterator)
        .ask("GetRecords", StreamRequests.GetRecords.class, streams::getRecords)
        .change("SplitShard", StreamRequests.SplitShard.class, streams::splitShard)
        .change("MergeShards", StreamRequests.MergeShards.class, streams::mergeShards)
        .change(
            "IncreaseStreamRetentionPeriod",
            StreamRequests.StreamRetentionPeriod.class,
            streams::increaseStreamRetentionPeriod)
        .change(
            "DecreaseStreamRetentionPeriod",
            StreamRequests.StreamRetentionPeriod.class,
            streams::decreaseStreamRetentionPeriod)
        .change("AddTagsToStream", StreamRequests.AddTagsToStream.class, streams::addTagsToStream)
        .change(
            "RemoveTagsFromStream",
            StreamRequests.RemoveTagsFromStream.class,
            streams::removeTagsFromStream)
        .ask(
            "ListTagsForStream", StreamRequests.ListTagsForStream.class, streams::listTagsForStream)
        .unsupported(
            "SubscribeToShard",
            "UpdateShardCount",
            "UpdateStreamMode",
            "RegisterStreamConsumer",
            "DeregisterStreamConsumer",
            "DescribeStreamConsumer",
            "ListStreamConsumers",
            "TagResource",
            "UntagResource",
            "ListTagsForResource",
            "EnableEnhancedMonitoring",
            "DisableEnhancedMonitoring",
            "StartStreamEncryption",
            "StopStreamEncryption",
            "PutResourcePolicy",
            "GetResourcePolicy",
            "DeleteResourcePolicy",
            "DescribeLimits",
            "UpdateMaxRecordSize",
            "UpdateStreamWarmThroughput",
            "DescribeAccountSettings",
            "UpdateAccountSettings")
        .all();
  }
}
