package io.weft.server;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class UsersTest {
  @Test
  void looksForFiltersOnEveryClassPathButTheLaunchersOwn() {
    assertTrue(Users.isAlone("/opt/weft/lib/weft.jar"));
    assertFalse(Users.isAlone("/opt/weft/lib/weft.jar:/srv/filters.jar"));
    assertFalse(Users.isAlone("/srv/filters.jar:/opt/weft/lib/weft.jar"));
    assertFalse(Users.isAlone("/srv/proxy-with-weft-inside.jar"));
    assertFalse(Users.isAlone(""));
  }
}
