enum ParticipantRoutes {
  static let all: [Route] = []
}
