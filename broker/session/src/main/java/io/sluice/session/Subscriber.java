package io.sluice.session;

/**
 * Whom a topic filter in the tree stands for. Closed: who delivers a publication must know every
 * kind.
 */
public sealed interface Subscriber permits Subscription, SharedGroup {}
