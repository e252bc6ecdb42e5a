import Conduct
import Pages
import Store
import StudyModel

/// The rater's blinding record, after the ratings and once.
struct RatingRecord {
  private let call: Call
  private let actor: Actor
  private let token: AssessmentToken
  private let form: Form
  private let task: RatingTask
  private let zone: String

  init(_ call: Call) async throws {
    self.call = call
    actor = try call.actor
    token = try call.assessmentToken()
    guard let form = call.installation.blindingRecord(actor.definition),
      let task = try await call.installation.ratingTasks(as: actor).first(where: { [token] in
        $0.token == token
      })
    else { throw ActRefusal.notFound }
    self.form = form
    self.task = task
    zone = try await call.ownZone()
  }

  /// Refuses the record before the ratings are handed in, and a second one.
  func requireTurn() throws(ActRefusal) {
    switch task.state {
    case "submitted": return
    case "recorded": throw .closed
    default:
      throw .notNow(
        code: "EC-RBR-01", sentence: "The blinding record comes after the ratings are submitted.")
    }
  }

  func model(faults: [Pages.Fault] = []) -> BlindingRecordModel {
    var controls = EntryControls(form: form, actor: actor, boxes: call.form)
    controls.faults = Dictionary(
      faults.map { ($0.field, $0.sentence) }, uniquingKeysWith: { first, _ in first })
    return BlindingRecordModel(
      frame: call.site.frame(for: call), back: Link(text: "Desk", href: "/desk"),
      token: token.text, submitted: "The ratings are submitted.",
      fields: controls.sections.flatMap(\.fields).map { field in
        var field = field
        field.missing = nil
        return field
      }, faults: faults,
      form: call.target("/desk/\(token.text)/record", zone: zone))
  }

  func save() async throws -> String {
    let clock = try SiteClock(zone: zone)
    try await call.installation.saveBlindingRecord(
      token, FilledFields(form: form, clock: clock).answers(of: call.form), as: actor)
    return "/desk?note=recorded"
  }
}
