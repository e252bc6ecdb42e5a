import Conduct
import Pages
import Store
import StudyModel

/// What a person acknowledges before the first signature, and how identities are verified.
enum SignaturePages {
  static func own(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let actor = try call.actor
    let standing = try await call.installation.signerStanding(of: actor.user)
    let certified = try await call.installation.certifications(as: actor)
    let zone = call.site.zone(of: actor)
    return ActPageModel(
      frame: call.site.frame(for: call), back: Link(text: "Home", href: "/"),
      title: "Your signature",
      lead: "What a signature of yours means in this study, and what it needs",
      facts: facts(standing, zone) + [
        Fact(
          name: "Certified to an authority",
          value: certified.isEmpty
            ? "not on record" : certified.map(AccessReviewPages.sentence).joined(separator: "; "))
      ]
        + Accountability.text.enumerated().map {
          Fact(name: "You acknowledge, \($0.offset + 1)", value: $0.element)
        },
      act: standing.textVersion == Accountability.version
        ? nil
        : ActForm(
          form: call.target("/signature"), button: "I acknowledge this",
          whatHappens: [
            "That you acknowledged text \(Accountability.version) stays on record with the time.",
            "Without it nothing can be signed under your name.",
          ], authentication: call.proof), faults: faults)
  }

  private static func facts(_ standing: SignerStanding, _ zone: String) -> [Fact] {
    let by = standing.identityBy.isEmpty ? "the console" : standing.identityBy
    return [
      Fact(
        name: "Identity",
        value: standing.identityAt.map {
          "verified by \(by), \(Times.full($0, zone)): \(standing.identityMethod ?? "")"
        } ?? "not verified yet; ask who manages access"),
      Fact(
        name: "Accountability",
        value: standing.acknowledgedAt.map {
          "text \(standing.textVersion ?? "") acknowledged \(Times.full($0, zone))"
        } ?? "not acknowledged yet"),
    ]
  }

  static func acknowledge(_ call: Call) async throws -> Answer {
    try await call.act {
      let actor = try await call.freshActor()
      try await call.installation.acknowledgeAccountability(as: actor)
      return "/signature?note=acknowledged"
    } orShow: {
      try await own(call, faults: $0).page()
    }
  }

  // MARK: Identities

  static func identity(_ call: Call, faults: [Pages.Fault] = []) async throws -> ActPageModel {
    let actor = try call.actor
    let holder = try await holder(call)
    let standing = try await call.installation.signerStanding(of: holder.user)
    return ActPageModel(
      frame: call.site.frame(for: call), back: Link(text: "Accounts", href: "/accounts"),
      title: "Identity of \(holder.name)", facts: facts(standing, call.site.zone(of: actor)),
      act: standing.identityAt != nil
        ? nil
        : ActForm(
          form: call.target("/accounts/\(call.parameter("user"))/identity"),
          button: "Record the verification",
          whatHappens: ["The record is kept for good. Before it the person cannot sign."],
          fields: [
            EntryField(
              name: "method", label: "How the identity was verified",
              control: .text(text: call.form["method"] ?? "", maximum: 300),
              hint: "The kind of document and how it was seen. No number of the document.")
          ], authentication: try await call.secondFactorProof()), faults: faults)
  }

  static func verify(_ call: Call) async throws -> Answer {
    try await call.act {
      let actor = try await call.freshActor()
      let holder = try await holder(call)
      try await call.installation.recordIdentityCheck(
        of: holder.user, method: call.form["method"] ?? "", as: actor)
      return "/accounts?note=identity"
    } orShow: {
      try await identity(call, faults: $0).page()
    }
  }

  /// Somebody who holds or held a role in this trial.
  static func holder(_ call: Call) async throws -> (user: UserID, name: String) {
    let (username, actor) = (call.parameter("user"), try call.actor)
    let found = try await call.installation.accounts(as: actor).first { $0.username == username }
    guard let found else { throw ActRefusal.notFound }
    return (found.user, found.fullName)
  }
}
