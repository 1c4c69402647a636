package io.weft.net;

/**
 * A pipe to move bytes through without copying them.
 *
 * @param in the descriptor that takes them
 * @param out the descriptor that gives them
 * @param bytes what it holds
 */
record SplicePipe(int in, int out, int bytes) {}
