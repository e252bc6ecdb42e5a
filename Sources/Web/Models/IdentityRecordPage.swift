import Conduct
import Pages
import Store
import StudyModel

/// The form that names a participant: filled in once, corrected from the page that shows it.
enum IdentityRecordPage {
  /// The empty form, before anything was recorded.
  static func show(_ call: Call) async throws -> Answer {
    let (actor, key) = (try call.actor, try call.participant())
    let form = try needForm(call)
    // What stands is shown for a purpose and no other way.
    guard try await call.installation.identityVersion(of: key, as: actor) == 0 else {
      return .see(IdentityPage.address(key))
    }
    _ = try await call.installation.participant(key, as: actor)
    return .page(try model(call, act(form, FormFields([]), version: 0, call), []).page())
  }

  /// Saves it, or shows what was typed again with its faults.
  static func save(_ call: Call) async throws -> Answer {
    let (actor, key) = (try call.actor, try call.participant())
    let form = try needForm(call)
    let version = Int(call.form["_version"] ?? "") ?? 0
    do {
      let saved = try await call.installation.recordIdentity(
        of: key, try filled(form, call).answers(of: call.form), expected: version,
        reason: call.form["_reason"] ?? "", as: actor)
      guard let remark = saved.remarks.first else {
        return .see("/participants/\(key.text)?note=identity-recorded")
      }
      return .page(
        ActPageModel(
          frame: call.site.frame(for: call), back: IdentityPage.back(key), title: title(key),
          lead: "Saved as version \(saved.version).", notice: remark.sentence
        ).page())
    } catch let refusal as ActRefusal where refusal != .notFound {
      let faults = Call.faults(of: refusal).map {
        refusal == .reasonMissing ? Pages.Fault(field: "_reason", sentence: $0.sentence) : $0
      }
      return .page(
        try model(
          call, act(form, call.form, version: version, faults: faults, call), faults
        ).page(), status: Refusals.status(of: refusal))
    }
  }

  /// The form as an act, filled from boxes.
  static func act(
    _ form: Form, _ boxes: FormFields, version: Int, faults: [Pages.Fault] = [], _ call: Call
  ) throws -> ActForm {
    var controls = EntryControls(form: form, readable: [.identity], boxes: boxes)
    controls.faults = Dictionary(
      faults.map { ($0.field, $0.sentence) }, uniquingKeysWith: { first, _ in first })
    let isCorrection = version > 0
    let reason = EntryField(
      name: "_reason", label: "Why it differs",
      control: .text(text: boxes["_reason"] ?? "", maximum: 200),
      hint: "Kept in the vault beside the version before.", fault: controls.faults["_reason"] ?? "")
    return ActForm(
      form: call.target("\(IdentityPage.address(try call.participant()))/record", version: version),
      button: isCorrection ? "Save the correction" : "Save \(form.title.lowercased())",
      whatHappens: [
        "It is sealed in the identity vault, apart from the data of the trial.",
        "The record says that and when you saved it, not which fields differ or what they hold.",
      ],
      fields: controls.sections.flatMap(\.fields) + (isCorrection ? [reason] : []),
      authentication: .notNeeded,
      title: isCorrection ? "Correct it" : "")
  }

  static func filled(_ form: Form, _ call: Call) throws -> FilledFields {
    FilledFields(form: form, clock: try SiteClock(zone: call.site.zone(of: try call.actor)))
  }

  private static func needForm(_ call: Call) throws -> Form {
    let actor = try call.actor
    guard actor.writesIdentity, let form = actor.definition.identityForm else {
      throw ActRefusal.notFound
    }
    return form
  }

  private static func model(
    _ call: Call, _ act: ActForm, _ faults: [Pages.Fault]
  ) throws -> ActPageModel {
    let key = try call.participant()
    return ActPageModel(
      frame: call.site.frame(for: call), back: IdentityPage.back(key), title: title(key), act: act,
      faults: faults)
  }

  private static func title(_ key: ParticipantKey) -> String { "Identity, \(key.text)" }
}
