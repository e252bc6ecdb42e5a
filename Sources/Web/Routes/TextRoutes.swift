import Conduct
import Pages
import Store
import StudyModel

/// The words of instruments, by page and by program.
enum TextRoutes {
  private static let keeper = Access.anyOf([.loadStudy])

  static let all: [Route] = [
    .page("/texts", keeper, "The item texts of instruments and their permissions.") { call in
      .page(try await TextPages.list(call).page())
    },
    .page("/texts/{instrument}/template.csv", keeper, "The file to fill in for an instrument.") {
      call in try TextPages.template(call)
    },
    .act("/texts", keeper, "Tries an item text; nothing is loaded.") { call in
      try await TextPages.tried(call)
    }.once(.notKeyed).takingFiles(),
    .act("/texts/load", keeper, "Loads an item text with its permission.") { call in
      try await call.act {
        try await TextPages.load(call)
      } orShow: {
        try await TextPages.list(call, faults: $0).page()
      }
    }.takingFiles(),
    .act("/texts/restore", keeper, "Shows an earlier item text again, or the labels.") { call in
      try await call.act {
        try await TextPages.restore(call)
      } orShow: {
        try await TextPages.list(call, faults: $0).page()
      }
    },
  ]

  private static let body: [BodyMember] = [
    .text("instrument"), .text("language"), .text("csv").asFile, .text("reference"),
    .text("given_by"), .text("permitted_on"),
  ]

  static let api: [Route] = [
    .api(
      "GET", "/instrument-texts", keeper, "Every version of every item text with its permission."
    ) { call in
      try .json(
        try await call.installation.instrumentTexts(as: try call.actor).flatMap { one in
          one.versions.map { InstrumentTextBody($0, isShown: one.shown.contains($0)) }
        })
    },
    .api(
      "GET", "/instrument-texts/{instrument}/template.csv", keeper,
      "The file to fill in for an instrument."
    ) { call in try TextPages.template(call) },
    .api(
      "POST", "/instrument-texts/try", keeper,
      "Tells how an item text would be shown; nothing is loaded.", body: body
    ) { call in
      try .json(
        TextPreviewBody(
          try await call.installation.tryText(TextPages.loading(call), as: try call.actor)))
    }.once(.notKeyed).takingFiles(),
    .api(
      "POST", "/instrument-texts", keeper,
      "Loads an item text with its permission; sha256 is that of what was tried.",
      body: body + [.text("sha256")]
    ) { call in
      try await call.once { (version: Int) in
        try .json(["version": version], status: 201)
      } _: {
        try await $0.loadText(
          TextPages.loading(call), digest: JSONBody(call.json)?["sha256"] ?? "",
          as: try call.actor)
      }
    }.takingFiles(),
    .api(
      "POST", "/instrument-texts/{instrument}/restore", keeper,
      "Shows an earlier item text again, with version 0 the labels.",
      body: [.text("language"), .required("version", .integer)]
    ) { call in
      let body = JSONBody(call.json)
      return try await call.once { (version: Int) in
        try .json(["version": version], status: 201)
      } _: {
        try await $0.restoreText(
          of: call.parameter("instrument"), in: body?["language"] ?? "",
          version: body?.number("version") ?? -1, as: try call.actor)
      }
    },
  ]
}

/// A version of an item text.
struct InstrumentTextBody: Codable {
  let instrument: String
  let language: String
  let version: Int
  let instrumentVersion: String
  let isShown: Bool
  let hasWords: Bool
  let restores: Int?
  let sha256: String
  let reference: String
  let givenBy: String
  let permittedOn: String
  let loadedBy: String
  let loadedAt: String

  init(_ text: StoredInstrumentText, isShown: Bool) {
    instrument = text.instrument
    language = text.language
    version = text.version
    instrumentVersion = text.instrumentVersion
    self.isShown = isShown
    hasWords = text.hasWords
    restores = text.restores
    sha256 = Hex.text(text.digest)
    reference = text.permissionReference
    givenBy = text.permissionFrom
    permittedOn = text.permittedOn.description
    loadedBy = text.loadedBy
    loadedAt = text.loadedAt.description
  }
}

/// An item text as it would be shown.
struct TextPreviewBody: Codable {
  struct AnswerWords: Codable {
    let code: String
    let words: String
  }
  struct Item: Codable {
    let item: String
    let label: String
    let wording: String
    let answers: [AnswerWords]
  }
  let instrument: String
  let language: String
  let sha256: String
  let replaces: Int
  let items: [Item]

  init(_ preview: TextPreview) {
    instrument = preview.instrument
    language = preview.language
    sha256 = preview.digest
    replaces = preview.replaces
    items = preview.items.map { item in
      Item(
        item: item.item, label: item.label, wording: item.wording,
        answers: item.answers.map { AnswerWords(code: $0.code, words: $0.words) })
    }
  }
}
