/**
 * Accounts of routing decisions for people and for tests: what a route table does with a request,
 * told by the functions that serve traffic. Runs on the main thread of a command; opens no socket.
 */
@NullMarked
package io.weft.explain;

import org.jspecify.annotations.NullMarked;
