// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Hosting.Problems;

/// <summary>Every kind of error that the HTTP API answers with. docs/reference/errors.md explains each.</summary>
public static class ProblemKinds
{
    /// <summary>The request is malformed or outside the limits; <c>errors</c> names every fault.</summary>
    public static ProblemKind InvalidRequest { get; } = new("invalid_request", 400, "The request is not valid.");

    /// <summary>Nobody was proven.</summary>
    public static ProblemKind Unauthenticated { get; } = new("unauthenticated", 401, "A token or a client certificate of the realm is needed.");

    /// <summary>Proven, able to read, and not allowed to do this.</summary>
    public static ProblemKind NotAuthorized { get; } = new("not_authorized", 403, "The caller's roles do not allow this.");

    /// <summary>It does not exist, or the caller may not know that it does.</summary>
    public static ProblemKind NotFound { get; } = new("not_found", 404, "There is nothing here.");

    /// <summary>The address exists, the method there does not.</summary>
    public static ProblemKind MethodNotAllowed { get; } = new("method_not_allowed", 405, "This address does not take that method.");

    /// <summary>No representation that the caller accepts.</summary>
    public static ProblemKind NotAcceptable { get; } = new("not_acceptable", 406, "There is no representation that the caller accepts.");

    /// <summary>The request came too slowly.</summary>
    public static ProblemKind RequestTimeout { get; } = new("request_timeout", 408, "The request did not come in time.");

    /// <summary>A namespace of that name exists.</summary>
    public static ProblemKind AlreadyExists { get; } = new("already_exists", 409, "It exists already.");

    /// <summary>An archived namespace takes no changes.</summary>
    public static ProblemKind Archived { get; } = new("archived", 409, "The namespace is archived and takes no changes.");

    /// <summary>Only an archived namespace can be deleted.</summary>
    public static ProblemKind NotArchived { get; } = new("not_archived", 409, "The namespace must be archived first.");

    /// <summary>Changes are stopped for now.</summary>
    public static ProblemKind Frozen { get; } = new("frozen", 409, "Changes are frozen.");

    /// <summary>The namespace is held at a revision.</summary>
    public static ProblemKind Pinned { get; } = new("pinned", 409, "The namespace is pinned.");

    /// <summary>The namespace is protected: somebody else must consent.</summary>
    public static ProblemKind ApprovalRequired { get; } = new("approval_required", 409, "The change needs the approval of others.");

    /// <summary>A change request is not open any more.</summary>
    public static ProblemKind RequestClosed { get; } = new("request_closed", 409, "The change request is not open.");

    /// <summary>A setting is locked.</summary>
    public static ProblemKind Locked { get; } = new("locked", 409, "A setting is locked.");

    /// <summary>The result would be larger than allowed.</summary>
    public static ProblemKind LimitExceeded { get; } = new("limit_exceeded", 409, "It would be larger than allowed.");

    /// <summary>The namespace moved since the author saw it.</summary>
    public static ProblemKind RevisionConflict { get; } = new("revision_conflict", 409, "The namespace is not at the revision expected.");

    /// <summary>A precondition of a setting does not hold.</summary>
    public static ProblemKind PreconditionFailed { get; } = new("precondition_failed", 412, "A precondition does not hold.");

    /// <summary>The body is larger than allowed.</summary>
    public static ProblemKind PayloadTooLarge { get; } = new("payload_too_large", 413, "The request's body is too large.");

    /// <summary>The body is of a kind that is not understood here.</summary>
    public static ProblemKind UnsupportedMediaType { get; } = new("unsupported_media_type", 415, "The body's content type is not understood here.");

    /// <summary>The request is for another host.</summary>
    public static ProblemKind Misdirected { get; } = new("misdirected", 421, "This endpoint answers only for this host.");

    /// <summary>An idempotency key stood for something else before.</summary>
    public static ProblemKind IdempotencyMismatch { get; } = new("idempotency_mismatch", 422, "The idempotency key was used for another request.");

    /// <summary>Asked too often.</summary>
    public static ProblemKind TooManyRequests { get; } = new("too_many_requests", 429, "Too many requests.");

    /// <summary>A fault of the server's own.</summary>
    public static ProblemKind InternalError { get; } = new("internal_error", 500, "The server failed.");

    /// <summary>Not now; nothing happened.</summary>
    public static ProblemKind Unavailable { get; } = new("unavailable", 503, "Not now; nothing was done.");

    /// <summary>More is asked than can be done now; nothing happened.</summary>
    public static ProblemKind Overloaded { get; } = new("overloaded", 503, "Too much is asked at once; nothing was done.");

    /// <summary>No changes are taken until an operator has acted.</summary>
    public static ProblemKind ReadOnly { get; } = new("read_only", 503, "No changes are taken here now.");

    /// <summary>The server is not yet at the revision asked for.</summary>
    public static ProblemKind Behind { get; } = new("behind", 503, "This server is not at that revision yet.");

    /// <summary>Still starting.</summary>
    public static ProblemKind NotStarted { get; } = new("not_started", 503, "The server is starting.");

    /// <summary>Not able to serve, or about to stop.</summary>
    public static ProblemKind NotReady { get; } = new("not_ready", 503, "The server cannot serve this now.");

    /// <summary>The log's disk is full.</summary>
    public static ProblemKind StoreFull { get; } = new("store_full", 507, "The origin has no space for changes.");

    /// <summary>It may have been written.</summary>
    public static ProblemKind OutcomeUnknown { get; } = new("outcome_unknown", 504, "It may have been written, or not.");

    /// <summary>Every kind.</summary>
    public static IReadOnlyList<ProblemKind> All { get; } =
    [
        InvalidRequest, Unauthenticated, NotAuthorized, NotFound, MethodNotAllowed, NotAcceptable, RequestTimeout, AlreadyExists, Archived, NotArchived,
        Locked, Frozen, Pinned, ApprovalRequired, RequestClosed, LimitExceeded, RevisionConflict, PreconditionFailed, PayloadTooLarge, UnsupportedMediaType, Misdirected, IdempotencyMismatch, TooManyRequests, InternalError,
        Unavailable, Overloaded, ReadOnly, Behind, NotStarted, NotReady, OutcomeUnknown, StoreFull,
    ];

    /// <summary>The kind for an answer of which only the status is known: one that the framework gave.</summary>
    internal static ProblemKind OfStatus(int status) => status switch
    {
        401 => Unauthenticated,
        403 => NotAuthorized,
        404 => NotFound,
        405 => MethodNotAllowed,
        406 => NotAcceptable,
        408 => RequestTimeout,
        412 => PreconditionFailed,
        413 => PayloadTooLarge,
        415 => UnsupportedMediaType,
        429 => TooManyRequests,
        503 => Unavailable,
        < 500 => InvalidRequest,
        _ => InternalError,
    };
}
