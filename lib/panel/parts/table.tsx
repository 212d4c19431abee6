import type { ComponentChild } from 'preact'

interface TableProps {
  caption: string
  heads: readonly string[]
  rows: readonly { key: string; cells: readonly ComponentChild[] }[]
}

/**
 * A table that becomes a list of named values where it is narrow. The roles are said aloud, because a browser
 * takes them away from a table that is laid out as anything else.
 */
export function Table({ caption, heads, rows }: TableProps) {
  return (
    <table class="table" role="table">
      <caption class="visually-hidden">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {heads.map((head) => (
            <th key={head} scope="col" role="columnheader">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map(({ key, cells }) => (
          <tr key={key} role="row">
            {cells.map((cell, index) => (
              <td key={heads[index]} role="cell" data-head={heads[index]}>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
