// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Yardstick.Systems;

/// <summary>Someone who changes settings and waits until each change is durable. One connection, one change at a time, blocking: lean, so that the server is what is measured.</summary>
internal interface IAuthor : IDisposable
{
    /// <summary>Puts one value.</summary>
    void Put(long number);

    /// <summary>Puts so many values in one atomic change.</summary>
    void PutMany(long number, int count);
}
