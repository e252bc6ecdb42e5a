import Store
import Synchronization

/// Counts what each address and each person asks for at the same time and in a minute.
///
/// It knows who asks and for what, never what is answered: it lets the same requests pass whatever
/// the data are.
final class RequestGate: Sendable {
  /// Who is counted.
  enum Party: Hashable, Sendable {
    case address(String)
    case person(UserID)
    case importer(UserID)
  }

  /// Why a request is not carried out now.
  enum Closed: Error, Equatable {
    /// Too many at the same time.
    case atOnce
    /// Too many in a minute.
    case tooOften
  }

  private struct Slot: Hashable {
    let user: UserID
    let pace: Pace
  }

  /// What is left of a minute's share, which comes back evenly.
  private struct Share {
    var left: Double
    var at: ContinuousClock.Instant
  }

  private struct State {
    var running: [Party: Int] = [:]
    var shares: [Slot: Share] = [:]
  }

  let limits: RequestLimits
  private let state = Mutex(State())
  private static let mostShares = 10_000

  init(_ limits: RequestLimits) { self.limits = limits }

  /// Carries the body out while fewer than the limit run for the party.
  func counting<Value>(
    _ party: Party?, _ body: () async throws -> Value
  ) async throws -> Value {
    guard let party else { return try await body() }
    let most =
      switch party {
      case .address: limits.atOncePerAddress
      case .person: limits.atOncePerPerson
      case .importer: limits.importsAtOncePerPerson
      }
    let isIn = state.withLock { state in
      guard state.running[party, default: 0] < most else { return false }
      state.running[party, default: 0] += 1
      return true
    }
    guard isIn else { throw Closed.atOnce }
    defer {
      state.withLock { state in
        let left = state.running[party, default: 1] - 1
        state.running[party] = left == 0 ? nil : left
      }
    }
    return try await body()
  }

  /// Takes one request off a person's share of the minute.
  func take(
    _ pace: Pace, by user: UserID, at now: ContinuousClock.Instant = .now
  ) throws(Closed) {
    guard let most = limits.perMinute[pace] else { return }
    let isIn = state.withLock { state in
      if state.shares.count >= Self.mostShares {
        state.shares = state.shares.filter { $0.value.at.duration(to: now) < .seconds(60) }
      }
      let slot = Slot(user: user, pace: pace)
      var share = state.shares[slot] ?? Share(left: Double(most), at: now)
      let passed = max(.zero, share.at.duration(to: now)) / .seconds(60)
      share = Share(left: min(Double(most), share.left + passed * Double(most)), at: now)
      let isIn = share.left >= 1
      if isIn { share.left -= 1 }
      state.shares[slot] = share
      return isIn
    }
    guard isIn else { throw .tooOften }
  }
}
