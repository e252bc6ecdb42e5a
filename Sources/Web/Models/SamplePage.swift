import Conduct
import Pages
import StudyModel

/// Records drawn at random to be looked at, for those who review them.
enum SamplePage {
  static let place = "/samples"

  static func list(_ call: Call) async throws -> WorkListModel {
    let actor = try call.actor
    let samples = try await call.installation.samples(as: actor)
    let waiting = samples.flatMap(\.records).count { $0.reviews == 0 && !$0.isVoided }
    let shares = samples.map { "\($0.sample.title), \($0.sample.percent) of 100" }
    let zone = call.site.zone(of: actor)
    return WorkListModel(
      frame: call.site.frame(for: call), title: "Samples",
      lead: "\(shares.joined(separator: "; ")). \(waiting) to be looked at",
      nothing:
        "Nothing is drawn yet. A record is drawn when it is handed in, at random within each site and person.",
      columns: ["Record", "Handed in"],
      rows: samples.flatMap { sample in
        let writes = actor.definition.form(sample.sample.review).map { actor.writes($0) } ?? false
        return sample.records.map { row($0, of: sample.sample, zone, isWriter: writes) }
      })
  }

  private static func row(
    _ record: SampledRecord, of sample: RecordSample, _ zone: String, isWriter: Bool
  ) -> WorkListRow {
    WorkListRow(
      participant: link(record.participant.text),
      texts: ["\(record.name), \(record.title)", Times.full(record.handedInAt, zone)],
      chip: record.isVoided
        ? .state(.off, "voided")
        : record.reviews > 0 ? .state(.good, "looked at") : .state(.due, "to be looked at"),
      act: isWriter && !record.isVoided
        ? Link(
          text: record.reviews == 0 ? "Look at it…" : "Once more…",
          href: "\(reviewAddress(of: record, in: sample))",
          context: "\(record.name) of \(record.participant)") : nil)
  }

  private static func link(_ participant: String) -> Link {
    Link(text: participant, href: "/participants/\(participant)")
  }

  /// The empty review of a record, which begins with what is known of it.
  private static func reviewAddress(of record: SampledRecord, in sample: RecordSample) -> String {
    EntryPlace(record.participant, sample.review, record.visit, number: 0)
      .address("", "record=\(record.name.replacing(" ", with: "+").replacing("#", with: "%23"))")
  }
}

/// A record of a sample.
struct SampledRecordBody: Codable {
  let sample: String
  let participant: String
  let record: String
  let handedInAt: String
  let reviewForm: String
  let visit: String
  let reviews: Int
  let isVoided: Bool
  /// What a review begins with.
  let answers: [String: String]

  init(_ record: SampledRecord, of sample: RecordSample) {
    self.sample = sample.id
    participant = record.participant.text
    self.record = record.name
    handedInAt = record.handedInAt.description
    reviewForm = sample.review.text
    visit = record.visit.text
    reviews = record.reviews
    isVoided = record.isVoided
    answers = Dictionary(uniqueKeysWithValues: record.answers.map { ($0.key.text, $0.value) })
  }
}
