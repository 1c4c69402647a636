package io.weft.hcm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RequestIdsTest {
  @Test
  void writesRandomUuidsThatNoTwoGeneratorsShare() {
    Set<UUID> seen = new HashSet<>();
    for (int generator = 0; generator < 100; generator++) {
      var ids = new RequestIds();
      for (int i = 0; i < 100; i++) {
        UUID id = UUID.fromString(new String(ids.next(), StandardCharsets.US_ASCII));
        assertEquals(4, id.version(), id::toString);
        assertEquals(2, id.variant(), id::toString);
        seen.add(id);
      }
    }
    assertEquals(10_000, seen.size());
  }
}
