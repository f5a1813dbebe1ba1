/**
 * The words everybody speaks: topic names and filters, the trie that matches them, and the
 * publication that travels.
 *
 * <p>It knows no other room, no socket and no disk. Read first: TopicFilter, TopicTrie,
 * Publication.
 */
@NullMarked
package io.sluice.message;

import org.jspecify.annotations.NullMarked;
