package io.sluice.fleet;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The index of thing groups. There are few and they change seldom, so nobody follows their changes:
 * whoever asks brings the groups that there are, and the index is made anew when they are others
 * than at the question before. One question at a time, on any thread.
 */
final class ThingGroupIndex implements AutoCloseable {
  private final FleetIndex index = new FleetIndex(GroupDocument.NAME);
  private List<GroupDocument> known = List.of();

  /**
   * Finds groups, in the order of their names.
   *
   * @throws QueryRefused when the text is no query
   */
  synchronized FleetIndex.Found search(
      List<GroupDocument> groups, String query, int max, @Nullable String after) {
    if (!groups.equals(known)) {
      index.clear();
      groups.forEach(group -> index.put(group.name(), group.searched()));
      known = List.copyOf(groups);
    }
    return index.search(query, max, after);
  }

  @Override
  public void close() {
    index.close();
  }
}
