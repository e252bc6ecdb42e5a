import Conduct
import Store
import StudyModel

/// Everything a coordinator can read of a participant, as text: what a page is made of.
struct CoordinatorView: Equatable {
  let text: String

  /// - Parameter action: an act of the audit trail that is left out, where the test looks at it by itself.
  init(_ walk: Walk, at now: UTCInstant, without action: String = "") async throws {
    let actor = try await walk.world.actor("coordinator", at: walk.way.site, now: now)
    let office = walk.world.installation.at(now)
    let trial = walk.world.trial.id
    let key = walk.key
    var parts = ""
    dump(try await office.participant(key, as: actor), to: &parts)
    dump(try await office.participants(after: "", limit: 200, as: actor), to: &parts)
    dump(try await office.sites(as: actor), to: &parts)
    dump(try await office.openQueries(as: actor), to: &parts)
    let context = RequestContext(
      trial: trial, actor: actor.user, role: actor.role.id.text, sites: actor.sites, now: now)
    let read = try await office.store.session(.open, context) { session in
      var parts = ""
      dump(try session.collection(of: key, in: trial), to: &parts)
      dump(try session.openCollection(in: trial, limit: 200), to: &parts)
      dump(try session.entries(of: key, in: .open, trial: trial), to: &parts)
      dump(try session.signatures(of: key, in: .open, trial: trial), to: &parts)
      dump(try session.queries(of: nil, in: .open, trial: trial, includingClosed: true), to: &parts)
      dump(
        try session.audit(of: .open, in: trial, limit: 100_000).filter { $0.action != action },
        to: &parts)
      dump(try session.looks(in: trial), to: &parts)
      dump(try session.cuts(in: trial), to: &parts)
      return parts
    }
    text = parts + read
  }
}
