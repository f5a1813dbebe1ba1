/**
 * Finds things by what is known of them: registry, shadows, connectivity. An index in memory, made
 * anew at each start, asked in the query syntax of AWS IoT fleet indexing; and groups whose members
 * are whatever a query finds. Knows neither the registry nor sessions: the gateway tells it which
 * thing has changed and what is known of it now.
 */
@NullMarked
package io.sluice.fleet;

import org.jspecify.annotations.NullMarked;
