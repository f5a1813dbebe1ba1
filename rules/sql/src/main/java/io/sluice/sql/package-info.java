/**
 * The rules' SQL: JSqlParser in front, our own sealed expression tree, and its evaluation, all
 * pure.
 *
 * <p>Nothing outside this room sees the parser; this room sees no store and no socket. Read first:
 * RuleSql, Expression, Value.
 */
@NullMarked
package io.sluice.sql;

import org.jspecify.annotations.NullMarked;
