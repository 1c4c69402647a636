package io.weft.listener;

import io.weft.filter.NetworkFilter;

/**
 * One filter chain of a listener.
 *
 * @param name empty if it has none
 * @param filters the chain, folded, with its terminal filter at the end
 * @param onlyTerminal whether the terminal filter is its only filter: then a connection may be
 *     without a thread while it is idle
 */
public record FilterChainConfig(
    String name, FilterChainMatch match, NetworkFilter.Next filters, boolean onlyTerminal) {}
