package io.sluice.session;

import io.sluice.message.QoS;
import io.sluice.store.Keys;
import io.sluice.store.Row;
import io.sluice.store.Turn;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * What the groups of one partition have lent to members that are not persistent, while others in
 * the group are: a row for each publication until the member acknowledges it. After a crash, and
 * when the member leaves, it goes to another.
 *
 * <p>Owner thread of the group's partition only, each method within a turn.
 */
final class Loans {
  private static final int PAGE = 512;

  /** One publication and the group it belongs to. */
  private record Lent(String group, byte[] encoded) {}

  private final SharedLog shared;
  private final Map<Long, Lent> lent = new HashMap<>();
  private long next = 1;

  Loans(SharedLog shared) {
    this.shared = shared;
  }

  /**
   * Lends a publication to a member.
   *
   * @param settle called once, on any thread, with the loan's number and whether the member has it
   */
  void lend(Turn turn, LoanRequest request, BiConsumer<Long, Boolean> settle) {
    Session session = request.member().session();
    Outlet outlet = session.outlet();
    if (outlet == null) { // gone since it was chosen
      session.unassigned();
      shared.append(turn, request.group(), request.encoded());
      return;
    }
    long number = next++;
    lent.put(number, new Lent(request.group(), request.encoded()));
    turn.put(
        SessionTables.LOANS,
        Keys.of().number(number).bytes(),
        Keys.of().text(request.group()).raw(request.encoded()).bytes());
    int id = request.member().options().identifier();
    outlet.lend(
        request.shipment(),
        QoS.min(request.shipment().publication().qos(), request.member().options().qos()),
        request.retain(),
        id == 0 ? new int[0] : new int[] {id},
        new Loan() {
          @Override
          public void done() {
            session.unassigned();
            settle.accept(number, true);
          }

          @Override
          public void returned() {
            session.unassigned();
            settle.accept(number, false);
          }
        });
  }

  /** The member has it, or gives it back; a number that is not lent is passed over. */
  boolean settle(Turn turn, long number, boolean done) {
    Lent loan = lent.remove(number);
    if (loan == null) {
      return false;
    }
    turn.delete(SessionTables.LOANS, Keys.of().number(number).bytes());
    if (!done) {
      shared.append(turn, loan.group, loan.encoded);
    }
    return true;
  }

  /** Gives back what was lent when the process ended. */
  void load(Turn turn) {
    List<Row> page;
    do {
      page = turn.prefix(SessionTables.LOANS, new byte[0], PAGE);
      for (Row row : page) {
        byte[] value = row.value();
        int end = Keys.textEnd(value, 0);
        byte[] encoded = Arrays.copyOfRange(value, end, value.length);
        shared.append(turn, Keys.textAt(value, 0), encoded);
        turn.delete(SessionTables.LOANS, row.key());
      }
    } while (page.size() == PAGE);
  }
}
