import Conduct
import Foundation
import Pages
import Store
import StudyModel

extension PreconditionOutcome {
  /// The rule, said as one that is broken.
  var unmet: String { "Not met: \(sentence)" }
}

/// Refusals as answers: one JSON shape for programs, one family of pages for people.
enum Refusals {
  /// - Parameter isReading: whether a page was asked for, so that nothing can have been saved.
  static func answer(
    _ refusal: ActRefusal, isAPI: Bool, isReading: Bool = false, frame: PageFrame
  ) -> Answer {
    let status = Self.status(of: refusal)
    guard !isAPI else { return api(refusal, status: status) }
    var answer: Answer
    switch refusal {
    case .notFound: answer = page(.notFound, frame, [])
    case .invalid(let faults):
      answer = page(isReading ? .unanswerable : .unprocessable, frame, faults.map(\.sentence))
    case .notReady(let outcomes):
      answer = page(
        .unprocessable, frame, outcomes.filter { !$0.isMet }.map { "\($0.unmet) (\($0.code))" })
    case .reasonMissing, .requestKeyReused, .unchanged, .authenticationFailed, .authenticationStale,
      .secondFactorStale:
      answer = page(.unprocessable, frame, [refusal.sentence])
    case .stale: answer = page(.conflict, frame, [refusal.sentence])
    case .closed, .noFurtherData, .notNow, .requestInProgress, .requestLost:
      answer = page(.notNow, frame, [refusal.sentence])
    case .outcomeUnknown, .unavailable, .keyMissing, .keyWrong, .sealDamaged:
      answer = page(.unavailable, frame, [refusal.sentence])
    }
    answer.status = status
    return answer
  }

  private static func api(_ refusal: ActRefusal, status: Int) -> Answer {
    var answer: Answer
    switch refusal {
    case .invalid(let faults):
      answer = json(
        status: status, code: refusal.code, sentence: refusal.sentence,
        faults: faults.map { ["field": $0.field ?? "", "code": $0.code, "sentence": $0.sentence] })
    case .notReady(let outcomes):
      answer = json(
        status: status, code: refusal.code, sentence: refusal.sentence,
        faults: outcomes.filter { !$0.isMet }
          .map { ["field": "", "code": $0.code, "sentence": $0.unmet] })
    case .notFound, .stale, .closed, .noFurtherData, .reasonMissing, .notNow, .requestKeyReused,
      .requestInProgress, .requestLost, .unchanged, .authenticationFailed, .authenticationStale,
      .secondFactorStale, .outcomeUnknown, .unavailable, .keyMissing, .keyWrong, .sealDamaged:
      answer = json(status: status, code: refusal.code, sentence: refusal.sentence)
    }
    if status == 503 || refusal == .requestInProgress { answer.extra.append(("Retry-After", "2")) }
    return answer
  }

  static func status(of refusal: ActRefusal) -> Int {
    switch refusal {
    case .notFound: 404
    case .invalid(let faults): faults.contains { $0.code == "too_large" } ? 413 : 422
    case .notReady, .reasonMissing, .requestKeyReused, .unchanged: 422
    case .stale: 412
    case .closed, .noFurtherData, .notNow, .requestInProgress, .requestLost: 409
    case .authenticationFailed, .authenticationStale, .secondFactorStale: 403
    case .outcomeUnknown, .unavailable, .keyMissing, .keyWrong, .sealDamaged: 503
    }
  }

  static func json(
    status: Int, code: String, sentence: String, faults: [[String: String]] = []
  ) -> Answer {
    struct Body: Encodable {
      let code: String
      let sentence: String
      let faults: [[String: String]]
      let request: String
    }
    let body = Body(
      code: code, sentence: sentence, faults: faults,
      request: RequestNumber.current?.text ?? "")
    return (try? .json(body, status: status)) ?? .json("{}", status: status)
  }

  /// What ended a connection before its request reached a route.
  static func answer(_ fault: ConnectionFault) -> Answer {
    switch fault {
    case .unreadable: badRequest(isAPI: true, PageFrame(study: "", isTraining: false))
    case .headTooLarge: headTooLarge(isAPI: true, PageFrame(study: "", isTraining: false))
    case .unknownMethod:
      methodNotAllowed(isAPI: true, PageFrame(study: "", isTraining: false))
    case .headTooSlow, .bodyTooSlow:
      json(
        status: 408, code: "too_slow",
        sentence: "The request took too long to arrive. Nothing was changed.")
    }
  }

  static func notFound(isAPI: Bool, _ frame: PageFrame) -> Answer {
    answer(.notFound, isAPI: isAPI, frame: frame)
  }

  static func methodNotAllowed(
    isAPI: Bool, _ frame: PageFrame, allowed: [String] = ["GET", "POST"]
  ) -> Answer {
    var answer: Answer
    if isAPI {
      answer = json(
        status: 405, code: "method_not_allowed", sentence: "This address does not take that method."
      )
    } else {
      answer = page(.badRequest, frame, [])
      answer.status = 405
    }
    answer.extra.append(("Allow", Set(allowed).sorted().joined(separator: ", ")))
    return answer
  }

  /// A request for a name this server does not answer to.
  static func foreignHost(isAPI: Bool, _ frame: PageFrame) -> Answer {
    guard !isAPI else {
      return json(
        status: 421, code: "unknown_host",
        sentence: "This server does not answer to that host name. Nothing was changed.")
    }
    var answer = page(.badRequest, frame, [])
    answer.status = 421
    return answer
  }

  /// A request that reached the proxy unencrypted.
  static func unencrypted(isAPI: Bool, _ frame: PageFrame) -> Answer {
    guard !isAPI else {
      return json(
        status: 403, code: "unencrypted",
        sentence: "This server is asked over https only. Nothing was changed.")
    }
    var answer = page(.badRequest, frame, [])
    answer.status = 403
    return answer
  }

  /// A head that is too long, in the same words for every part of it.
  static func headTooLarge(isAPI: Bool, _ frame: PageFrame) -> Answer {
    guard !isAPI else {
      return json(
        status: 431, code: "head_too_large",
        sentence: "The address or the headers are too long. Nothing was changed.")
    }
    var answer = page(.badRequest, frame, [])
    answer.status = 431
    return answer
  }

  static func badRequest(isAPI: Bool, _ frame: PageFrame) -> Answer {
    isAPI
      ? json(
        status: 400, code: "bad_request",
        sentence: "The request could not be read. Nothing was changed.")
      : page(.badRequest, frame, [])
  }

  /// More than one address or one person may ask for, in the same words for every route.
  static func tooMany(_ closed: RequestGate.Closed, isAPI: Bool, _ frame: PageFrame) -> Answer {
    var answer: Answer
    if isAPI {
      answer = json(
        status: 429, code: "too_many_requests",
        sentence: closed == .atOnce
          ? "Too many requests at the same time. Nothing was changed. Ask again when one is answered."
          : "Too many requests in a minute. Nothing was changed. Wait a little, then ask again.")
    } else {
      answer = page(.tooManyRequests, frame, [])
    }
    answer.extra.append(("Retry-After", closed == .atOnce ? "1" : "10"))
    return answer
  }

  /// A change asked for by something else than JSON.
  static func notJSON() -> Answer {
    json(
      status: 415, code: "not_json",
      sentence: "A change is sent with the content type application/json. Nothing was changed.")
  }

  static func crossSite(isAPI: Bool, _ frame: PageFrame) -> Answer {
    guard !isAPI else {
      return json(
        status: 403, code: "not_from_here",
        sentence: "The request did not come from a page of this server. Nothing was changed.")
    }
    var answer = page(.badRequest, frame, [])
    answer.status = 403
    return answer
  }

  static func failure(number: String, isReading: Bool, isAPI: Bool, frame: PageFrame) -> Answer {
    guard !isAPI else {
      return json(
        status: 500, code: "failure",
        sentence: "This could not be \(isReading ? "read" : "saved"). "
          + "If it fails again, give the number \(number) to support.")
    }
    return .page(
      ErrorModel(
        frame: frame, kind: isReading ? .readingFailure : .failure, number: number
      ).page(), status: 500)
  }

  private static func page(_ kind: ErrorKind, _ frame: PageFrame, _ details: [String]) -> Answer {
    .page(
      ErrorModel(
        frame: frame, kind: kind, details: details, number: RequestNumber.current?.text ?? "",
        links: frame.visitor == nil ? [] : [Link(text: "Home", href: frame.homeHref)]
      ).page(), status: kind.status)
  }

  /// The kind of a fault of ours, for the log: a state code, never a text of the server.
  static func kind(of error: any Error) -> String {
    switch error {
    case let error as StoreError: error.kindForLog
    default: ""
    }
  }
}
