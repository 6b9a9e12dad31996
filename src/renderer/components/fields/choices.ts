/** What fields hold where something is typed that no list has. */
export const folderChoice = 'folder'
export const customLinkChoice = 'custom'
export const customDeviceChoice = 'other'
