package io.weft.cluster.lb;

/** Which entry a hash falls to. Immutable; made outside the data path, for it is large. */
public interface HashTable {
  /**
   * The index of the entry for a hash, -1 if there is none.
   *
   * @param pick which pick it is for one request, from 0: later ones lead elsewhere
   */
  int find(long hash, int pick);

  /** How many places the table has. */
  int size();

  /** How many of them the entry with the fewest has. */
  int fewest();

  /** How many of them the entry with the most has. */
  int most();
}
