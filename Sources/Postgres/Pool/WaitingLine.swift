/// Work that waits for a connection, first come, first served.
///
/// Leaving the middle of the line costs nothing but an empty place, which is passed over later.
struct WaitingLine {
  private var places: [UnitOfWork?] = []
  private var head = 0
  private(set) var count = 0

  /// The first in line.
  var first: UnitOfWork? {
    mutating get {
      while head < places.count, places[head] == nil { head += 1 }
      if head > 32, head * 2 > places.count {
        places.removeFirst(head)
        head = 0
      }
      return head < places.count ? places[head] : nil
    }
  }

  mutating func append(_ unit: UnitOfWork) {
    places.append(unit)
    count += 1
  }

  /// Puts work back that was taken too early.
  mutating func putBack(_ unit: UnitOfWork) {
    places.insert(unit, at: head)
    count += 1
  }

  mutating func removeFirst() -> UnitOfWork? {
    guard let unit = first else { return nil }
    places[head] = nil
    count -= 1
    return unit
  }

  mutating func remove(_ unit: UnitOfWork) {
    guard let index = places.lastIndex(where: { $0 === unit }) else { return }
    places[index] = nil
    count -= 1
  }

  /// Takes out everything whose time has passed.
  mutating func removeExpired(at now: Int64) -> [UnitOfWork] {
    var expired: [UnitOfWork] = []
    for index in head..<places.count {
      guard let unit = places[index], unit.deadline <= now else { continue }
      expired.append(unit)
      places[index] = nil
    }
    count -= expired.count
    return expired
  }

  mutating func removeAll() -> [UnitOfWork] {
    let all = places[head...].compactMap { $0 }
    self = WaitingLine()
    return all
  }

  /// When the first of them runs out of time.
  var earliestDeadline: Int64 {
    places[head...].reduce(Monotonic.never) { min($0, $1?.deadline ?? Monotonic.never) }
  }
}
