package io.sluice.sql;

import java.util.List;

/**
 * What stands behind SELECT.
 *
 * @param value whether VALUE stands before the one item
 */
record Select(boolean value, List<Item> items) {
  Select {
    items = List.copyOf(items);
  }

  /**
   * One item.
   *
   * @param alias the path behind AS, empty without AS
   */
  record Item(Expression expression, List<String> alias) {
    Item {
      alias = List.copyOf(alias);
    }

    boolean isWhole() {
      return expression instanceof Expression.Whole;
    }
  }
}
