// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace Heliograph.Cli.Tests;

/// <summary>Standard input whose first read waits for an answer to be made up.</summary>
internal sealed class AnsweringStream(Func<Task<string>> answer) : MemoryStream
{
    private bool _isAnswered;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_isAnswered)
        {
            _isAnswered = true;
            Write(Encoding.UTF8.GetBytes(await answer()));
            Position = 0;
        }
        return await base.ReadAsync(buffer, cancellationToken);
    }
}
