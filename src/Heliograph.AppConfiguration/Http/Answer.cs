// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.AppConfiguration.Http;

/// <summary>What is answered, but for the headers that every answer has. May be given many times.</summary>
internal sealed class Answer(int status)
{
    private readonly Func<ReadOnlyMemory<byte>>? _render;
    private ReadOnlyMemory<byte> _body;
    private volatile bool _isRendered = true;

    /// <summary>An answer whose body is made when it is first wanted: a page that is only compared needs none.</summary>
    public Answer(int status, int bodyBytesEstimate, Func<ReadOnlyMemory<byte>> render) : this(status) =>
        (_render, _isRendered, BodyBytesEstimate) = (render, false, bodyBytesEstimate);

    /// <summary>The status.</summary>
    public int Status => status;

    /// <summary>The body; empty for none.</summary>
    public ReadOnlyMemory<byte> Body
    {
        get
        {
            if (_isRendered) return _body;
            var rendered = _render!(); // two at once make it twice; it is the same
            lock (_render)
            {
                _body = rendered;
                _isRendered = true;
            }
            return rendered;
        }
        init => (_body, BodyBytesEstimate) = (value, value.Length);
    }

    /// <summary>About how large the body is or will be.</summary>
    public int BodyBytesEstimate { get; private init; }

    /// <summary>Its media type.</summary>
    public string? ContentType { get; init; }

    /// <summary>The entity tag, quoted.</summary>
    public string? ETag { get; init; }

    /// <summary>The whole <c>Link</c> header.</summary>
    public string? Link { get; init; }

    /// <summary><c>Last-Modified</c>.</summary>
    public DateTimeOffset? LastModified { get; init; }

    /// <summary>Of which revision it tells: the Sync-Token.</summary>
    public Revision? Revision { get; init; }

    /// <summary>When to come back.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Further headers.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The same page, unchanged for who has it: no body, all that a client needs to go on to the next page.</summary>
    public Answer NotModified() => _notModified ??= new(304) { ETag = ETag, Link = Link, LastModified = LastModified, Revision = Revision, Headers = Headers };

    private Answer? _notModified;
}
